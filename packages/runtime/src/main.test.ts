import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { event, runtimeStatus } from '@skerry/contracts';
import { nodePorts } from '@skerry/kit/node';
import { openOutboxReader } from '@skerry/kit/outbox';
import { admin, startProcess, type TestProcess } from './test-process.ts';
import { until } from './until.ts';

const ports = nodePorts();
const root = mkdtempSync(join(tmpdir(), 'skerry-runtime-'));
const running: TestProcess[] = [];
after(async () => {
  for (const { child } of running) child.kill('SIGKILL');
  await Promise.all(running.map(({ child }) => child.exited));
  rmSync(root, { recursive: true });
});

const free = ['--port', '0', '--grpc-port', '0', '--metrics-port', '0'];
const start = async (...args: string[]) => {
  const started = await startProcess(args);
  running.push(started);
  return started;
};

const example = fileURLToPath(new URL('../../../examples/meter-reading/model', import.meta.url));
const load = { parameters: { folder: example, version: '1', digest: `sha256:${'d'.repeat(64)}` } };
const camera = {
  source: { http: {} },
  stages: [{ decode: { pixels: [8, 8] } }, { infer: { model: 'digits' } }],
  sinks: { hub: { outbox: {} } },
};

async function startManaged(name: string) {
  const state = join(root, name, 'runtime');
  const outbox = join(root, name, 'outbox');
  const process = await start('--state', state, '--outbox', outbox, ...free);
  await until(async () => (await admin(state, 'GET', '/v1/status'))?.status === 200);
  return { state, outbox, process };
}

const statusOf = async (state: string) =>
  runtimeStatus.parse((await admin(state, 'GET', '/v1/status'))!.json);

async function setUp(state: string) {
  assert.equal((await admin(state, 'POST', '/v2/repository/models/digits/load', load))?.status, 200);
  assert.equal((await admin(state, 'PUT', '/v1/pipelines/camera', camera))?.status, 200);
  return statusOf(state);
}

const headers = {
  'content-type': 'application/octet-stream',
  'ce-specversion': '1.0',
  'ce-source': '/cameras/1',
  'ce-type': 'frame',
};
const post = (rest: string, id: number, more: Record<string, string> = {}) =>
  fetch(`${rest}/pipelines/camera/frames`, {
    method: 'POST',
    headers: { ...headers, 'ce-id': String(id), ...more },
    body: Buffer.alloc(64, id % 17),
  });

async function idsIn(outbox: string): Promise<string[]> {
  const reader = openOutboxReader({ ...ports, folder: `${outbox}/runtime/result` });
  const ids: string[] = [];
  for (let from = 1; ; ) {
    const { records, next } = await reader.read(from, 1e6);
    ids.push(...records.map(({ payload }) => event.parse(JSON.parse(Buffer.from(payload).toString())).id));
    if (next === from) break;
    from = next;
  }
  await reader.close();
  return ids;
}

describe('a runtime under an agent', () => {
  it('starts empty, and serves what it is told on its socket', async () => {
    const { state, process } = await startManaged('plain');
    const before = await statusOf(state);
    assert.deepEqual([before.models, before.pipelines, before.stateFolder], [[], [], state]);
    assert.equal(statSync(state).mode & 0o777, 0o700);
    assert.equal(statSync(join(state, 'admin.sock')).mode & 0o777, 0o600);
    assert.equal(before.pid, process.child.pid);

    const { rest, models, pipelines } = await setUp(state);
    assert.deepEqual([models[0]?.phase, models[0]?.count, pipelines[0]?.phase], ['Serving', 0, 'Serving']);
    const answer = await post(rest, 3);
    assert.equal(answer.status, 200);
    assert.match(((await answer.json()) as { id: string }).id, /^\/cameras\/1#3$/);
    const after = await statusOf(state);
    assert.equal(after.pipelines[0]?.frames, 1);
    assert.ok(after.models[0]!.p50Us! > 0 && after.pipelines[0]!.p99Us! > 0);
    const [listed] = (await admin(state, 'POST', '/v2/repository/index', {}))!.json;
    assert.deepEqual([listed.name, listed.version, listed.state], ['digits', '1', 'READY']);
    assert.match(listed.reason, /^runs (inline|instance): /);
    const metrics = await (await fetch(`${after.metrics}/metrics`)).text();
    if (spawnSync('promtool', ['--version']).status === 0)
      assert.equal(spawnSync('promtool', ['check', 'metrics'], { input: metrics }).status, 0);
    assert.match(metrics, /skerry_pipeline_frames_total\{pipeline="camera"\} 1\n/);

    assert.equal((await admin(state, 'PUT', '/v1/time', { known: true }))?.status, 200);
    assert.equal((await admin(state, 'DELETE', '/v1/pipelines/camera'))?.status, 200);
    assert.equal((await post(rest, 4)).status, 404);
    assert.equal((await admin(state, 'POST', '/v2/repository/models/digits/unload', {}))?.status, 200);
    assert.deepEqual((await statusOf(state)).models, []);
  });

  it('says what is wrong with what it is told', async () => {
    const { state } = await startManaged('wrong');
    const refused = async (method: string, path: string, body: unknown) => {
      const answer = await admin(state, method, path, body);
      return [answer?.status, answer?.json.code, answer?.json.error];
    };
    const nowhere = { parameters: { ...load.parameters, folder: '/nowhere' } };
    assert.deepEqual(await refused('POST', '/v2/repository/models/digits/load', nowhere), [
      400,
      'ModelDataMissing',
      'there is nothing at /nowhere',
    ]);
    assert.deepEqual((await refused('POST', '/v2/repository/models/digits/load', {})).slice(0, 2), [
      400,
      'InvalidRequest',
    ]);
    assert.deepEqual((await refused('PUT', '/v1/pipelines/camera', { ...camera, sink: {} })).slice(0, 2), [
      400,
      'InvalidRequest',
    ]);
    assert.deepEqual((await refused('DELETE', '/v1/pipelines/none', undefined)).slice(0, 2), [
      404,
      'PipelineNotFound',
    ]);
    const { models } = await statusOf(state);
    assert.deepEqual([models[0]?.phase, models[0]?.reason], ['Failed', 'ModelDataMissing']);
    await admin(state, 'PUT', '/v1/pipelines/camera', camera);
    const waiting = await statusOf(state);
    assert.deepEqual(
      [waiting.pipelines[0]?.phase, waiting.pipelines[0]?.reason],
      ['Waiting', 'ModelsNotReady'],
    );
    const answer = await post(waiting.rest, 1);
    assert.deepEqual([answer.status, answer.headers.get('retry-after')], [503, '1']);
  });

  it('refuses frames that are no CloudEvents', async () => {
    const { state } = await startManaged('frames');
    const { rest } = await setUp(state);
    const bad: [Record<string, string>, number, RegExp][] = [
      [{ 'ce-id': '' }, 400, /header ce-id is missing/],
      [{ 'ce-specversion': '0.3' }, 400, /ce-specversion is 0\.3/],
      [{ 'ce-time': 'yesterday' }, 400, /ce-time is yesterday/],
      [{ 'ce-source': 'x'.repeat(300) }, 400, /over 128 long/],
      [{ 'content-type': 'text/plain' }, 415, /decode reads application\/octet-stream/],
    ];
    for (const [more, status, words] of bad) {
      const answer = await post(rest, 1, more);
      assert.equal(answer.status, status);
      assert.match(((await answer.json()) as { error: string }).error, words);
    }
    assert.equal((await fetch(`${rest}/pipelines/camera/frames`)).status, 405);
  });

  it('lets no second runtime into its folder, and takes it over after kill -9, with all that it promised', async () => {
    const { state, outbox, process } = await startManaged('killed');
    const second = await start('--state', state, ...free);
    assert.equal((await second.child.exited).code, 1);
    assert.match(second.stderr.join('\n'), /another runtime uses .*FolderInUse/s);

    const { rest } = await setUp(state);
    const promised: string[] = [];
    const posting = Promise.all(
      Array.from({ length: 200 }, async (_, id) => {
        const answer = await post(rest, id).catch(() => undefined);
        if (answer?.status !== 200) return;
        promised.push(`/cameras/1#${id}`);
        if (promised.length === 40) process.child.kill('SIGKILL');
      }),
    );
    await process.child.exited;
    await posting;
    await start('--state', state, '--outbox', outbox, ...free);
    await until(async () => (await admin(state, 'GET', '/v1/status'))?.json.pid !== undefined);
    const again = await setUp(state);
    assert.equal((await post(again.rest, 999)).status, 200);
    const held = new Set(await idsIn(outbox));
    assert.ok(promised.length >= 40);
    for (const id of [...promised, '/cameras/1#999']) assert.ok(held.has(id), id);
  });

  it('says what is wrong with a folder in which it cannot begin, and blames no other process', async () => {
    const state = join(root, 'x'.repeat(100), 'runtime');
    const { child, stderr } = await start('--state', state, ...free);
    assert.equal((await child.exited).code, 2);
    assert.match(stderr.join('\n'), /path of a socket.*InvalidConfig/s);
  });

  it('drains on SIGTERM, and ends with 0', async () => {
    const { state, outbox, process } = await startManaged('stopped');
    const { rest } = await setUp(state);
    let answered = 0;
    const posting = Promise.all(
      Array.from({ length: 50 }, async (_, id) => {
        const answer = await post(rest, id).catch(() => undefined);
        if (answer?.status === 200) answered++;
        if (answered === 10) process.child.kill('SIGTERM');
      }),
    );
    assert.deepEqual(await process.child.exited, { code: 0, signal: null });
    await posting;
    assert.ok(answered >= 10);
    assert.ok(new Set(await idsIn(outbox)).size >= answered);
    assert.equal(existsSync(join(state, 'admin.sock')), false);
  });
});

describe('a runtime alone', () => {
  const ready = async (process: TestProcess) => {
    await until(() => process.stdout.length > 0);
    return JSON.parse(process.stdout[0]!);
  };

  it('serves the models at a path, and says where, with a body that works', async () => {
    const models = fileURLToPath(new URL('../test/models', import.meta.url));
    const line = await ready(await start('--models', models, '--ready-json', ...free));
    assert.deepEqual([line.ready, line.models], [true, ['digits_cnn', 'mlp_tiny']]);
    for (const name of line.models) {
      const body = JSON.stringify(line.samples[name]);
      const answer = await fetch(`${line.rest}/v2/models/${name}/infer`, { method: 'POST', body });
      assert.equal(answer.status, 200);
    }
    assert.equal((await fetch(`${line.metrics}/metrics`)).status, 200);
  });

  it('proves what model.yaml asks for before it serves', async () => {
    const line = await ready(await start('--models', example, '--ready-json', ...free));
    assert.deepEqual(line.models, ['digits']);
  });

  it('takes the next free port when asked to, and else names port and flag', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await until(() => holder.listening);
    after(() => holder.close());
    const taken = (holder.address() as AddressInfo).port;
    const where = ['--port', String(taken), '--grpc-port', '0', '--metrics-port', '0'];
    const refused = await start('--models', example, ...where);
    assert.equal((await refused.child.exited).code, 1);
    assert.match(
      refused.stderr.join('\n'),
      new RegExp(`port ${taken} on 127.0.0.1 is taken.*--port.*--port-search.*PortInUse`, 's'),
    );
    const line = await ready(await start('--models', example, ...where, '--port-search', '--ready-json'));
    assert.ok(Number(new URL(line.rest).port) > taken);
  });

  it('ends with what is wrong where nothing can be served', async () => {
    const { child, stderr } = await start('--models', join(root, 'nothing'), ...free);
    assert.equal((await child.exited).code, 3);
    assert.match(stderr.join('\n'), /nothing at .*nothing.*FileNotFound/s);
  });
});
