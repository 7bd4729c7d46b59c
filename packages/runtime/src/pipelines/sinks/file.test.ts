import assert from 'node:assert/strict';
import { mkdtemp, readFile, rename, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Event, ResultData } from '@skerry/contracts';
import { silentLogger } from '@skerry/kit';
import { nodePorts } from '@skerry/kit/node';
import { until } from '../../until.ts';
import { fileSink } from './file.ts';

async function open(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'skerry-file-sink-'));
  const path = join(folder, 'readings.jsonl');
  const start = () => {
    const sink = fileSink({ ...nodePorts(), logger: silentLogger, path });
    t.after(() => sink.close());
    return async (id: string) => {
      const { delivered } = sink.counts();
      sink.put({ id } as Event<ResultData>);
      await until(() => sink.counts().delivered > delivered);
    };
  };
  t.after(() => rm(folder, { recursive: true }));
  const lines = async (file = path) => (await readFile(file, 'utf8')).trim().split('\n');
  return { path, start, lines };
}
const line = (id: string) => JSON.stringify({ id });

test('a result that a power cut has cut short costs no other', async (t) => {
  const { path, start, lines } = await open(t);
  await start()('1');
  await truncate(path, 5);
  const put = start();
  for (const id of ['2', '3']) await put(id);
  assert.deepEqual(await lines(), [line('1').slice(0, 5), line('2'), line('3')]);
});

test('results go on in a new file once somebody has taken the old one away, or emptied it', async (t) => {
  const { path, start, lines } = await open(t);
  const put = start();
  await put('1');
  await rename(path, `${path}.1`);
  await put('2');
  assert.deepEqual([await lines(`${path}.1`), await lines()], [[line('1')], [line('2')]]);
  await truncate(path, 0);
  await put('3');
  assert.deepEqual(await lines(), [line('3')]);
});
