import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { modelSpec } from '@skerry/contracts';
import { nodeDisk } from '@skerry/kit/node';
import { parseLabels, withLabels } from './labels-file.ts';

it('has one label a line, whatever ends the lines and the file', () => {
  assert.deepEqual(parseLabels('\uFEFFcat\r\nsea lion\r\n\r\ndog \n\n'), ['cat', 'sea lion', '', 'dog']);
  assert.deepEqual(parseLabels(' \n'), []);
});

it('fills in what model.yaml leaves to it', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'skerry-labels-'));
  t.after(() => rm(folder, { recursive: true }));
  const boxes = { box: 'xyxy', coordinates: 'pixels', values: 'scores', labelsFile: 'labels.txt' };
  const spec = modelSpec.parse({
    outputs: {
      y: { classification: { labelsFile: 'labels.txt' } },
      b: { detection: boxes },
      z: { classification: { labels: ['x'] } },
    },
  });
  await assert.rejects(withLabels(nodeDisk(), folder, spec), /model.yaml names labels.txt, which is not in/);
  await writeFile(join(folder, 'labels.txt'), '');
  await assert.rejects(withLabels(nodeDisk(), folder, spec), /labels.txt is empty/);
  await writeFile(join(folder, 'labels.txt'), 'cat\ndog\n');
  const { outputs } = await withLabels(nodeDisk(), folder, spec);
  assert.deepEqual(outputs.y!.classification!.labels, ['cat', 'dog']);
  assert.deepEqual(outputs.b!.detection!.labels, ['cat', 'dog']);
  assert.deepEqual(outputs.z!.classification!.labels, ['x']);
});
