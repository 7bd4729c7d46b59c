import assert from 'node:assert/strict';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startProcess } from '../test-process.ts';
import { until } from '../until.ts';
import { parseCoreList } from './core-list.ts';
import { threadStatus } from './thread-status.ts';

const cores = process.platform === 'linux' ? threadStatus('self').cores : [];
const own = cores.at(-1)!;
const rest = cores.slice(0, -1);
const model = fileURLToPath(new URL('../../test/models/mlp_tiny.onnx', import.meta.url));

/** A folder with two models, one of which wants a core of its own. */
async function repository(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'skerry-cores-'));
  for (const name of ['alone', 'shared']) {
    await mkdir(join(folder, name, '1'), { recursive: true });
    await cp(model, join(folder, name, '1', 'model.onnx'));
    const serving = name === 'alone' ? `{ cores: [${own}] }` : '{ execution: instance }';
    const card = `apiVersion: skerry.dev/v1alpha1\nkind: Model\nmetadata: { name: ${name} }\nspec: { serving: ${serving} }\n`;
    await writeFile(join(folder, name, '1', 'model.yaml'), card);
  }
  return folder;
}

/** Where each thread of a process may run, those that run models apart. */
async function placesOf(pid: number) {
  const places: { instances: number[][]; others: number[][] } = { instances: [], others: [] };
  for (const threadId of await readdir(`/proc/${pid}/task`)) {
    const status = await readFile(`/proc/${pid}/task/${threadId}/status`, 'utf8').catch(() => undefined);
    if (status === undefined) continue;
    const kind = /^Name:\s*instance$/m.test(status) ? 'instances' : 'others';
    places[kind].push(parseCoreList(/^Cpus_allowed_list:\s*(\S+)$/m.exec(status)![1]!));
  }
  return places;
}

test('a core that a model wants is left to it by the whole process', {
  skip: rest.length === 0,
}, async (t) => {
  const folder = await repository();
  t.after(() => rm(folder, { recursive: true }));
  const ports = ['--port', '0', '--grpc-port', '0', '--metrics-port', '0'];
  const { child, stdout, stderr } = await startProcess(['--models', folder, ...ports, '--ready-json']);
  t.after(async () => {
    child.kill();
    await child.exited;
  });
  await until(() => stdout.length > 0);
  const { instances, others } = await placesOf(child.pid);
  const byFirst = instances.sort(([a = 0], [b = 0]) => a - b);
  assert.deepEqual(byFirst, [rest, [own]], stderr.join('\n'));
  for (const place of others) assert.deepEqual(place, rest);
});
