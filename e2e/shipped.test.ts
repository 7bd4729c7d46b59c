import assert from 'node:assert/strict';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { before, test } from 'node:test';
import {
  flawless,
  flawsOf,
  openStage,
  projectFolder,
  settle,
  startFilming,
  startMeterSite,
} from '@skerry/testkit';

before(async () => {
  const built = access(join(projectFolder, 'dist/hub/main.mjs'));
  await built.catch(() => assert.fail('there is no build in dist/: run `npm run build` first'));
});

test('what is shipped does what its sources do: it joins, serves, delivers and ends', async (t) => {
  const stage = openStage(t, { built: true });
  const site = await startMeterSite(stage);
  const camera = await startFilming(stage, site);
  const verdict = await settle(camera, site);
  assert.deepEqual(flawsOf(verdict), flawless);
});

test('the shipped command serves a model with no hub at all', async (t) => {
  const stage = openStage(t, { built: true });
  const args = [
    'serve',
    'bench/models/mlp_tiny.onnx',
    '--port',
    '0',
    '--grpc-port',
    '0',
    '--metrics-port',
    '0',
    '--json',
  ];
  const served = stage.start({ name: 'serve', entry: 'dist/skerry.mjs', args, cwd: projectFolder });
  const { rest } = await served.said((line) => JSON.parse(line) as { rest: string }, 'where it serves');
  const inputs = [{ name: 'x', shape: [1, 16], datatype: 'FP32', data: Array(16).fill(0.5) }];
  const answer = await fetch(`${rest}/v2/models/mlp_tiny/infer`, {
    method: 'POST',
    body: JSON.stringify({ inputs }),
  });
  assert.equal(answer.status, 200);
  const { outputs } = (await answer.json()) as { outputs: { name: string; shape: number[] }[] };
  assert.deepEqual(
    outputs.map(({ name, shape }) => [name, shape]),
    [['y', [1, 3]]],
  );
});
