import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startProcess, type TestProcess } from '../test-process.ts';
import { until } from '../until.ts';

const fixture = (name: string) => fileURLToPath(new URL(`../../test/models/${name}.onnx`, import.meta.url));
const root = mkdtempSync(join(tmpdir(), 'skerry-threads-'));
/** Enough new connections for both threads to get several of them: the kernel spreads them by chance. */
const MANY = 24;

let runtime: TestProcess;
let ready: { rest: string; metrics: string; samples: Record<string, unknown> };

const add = (name: string, version: number) => {
  mkdirSync(join(root, name, String(version)), { recursive: true });
  cpSync(fixture('mlp_tiny'), join(root, name, String(version), 'model.onnx'));
};

before(async () => {
  add('mlp', 1);
  add('slow', 1);
  const card = 'apiVersion: skerry.dev/v1alpha1\nkind: Model\nmetadata: { name: slow }\n';
  writeFileSync(join(root, 'slow', 'model.yaml'), `${card}spec: { serving: { execution: instance } }\n`);
  const free = ['--port', '0', '--grpc-port', '0', '--metrics-port', '0', '--repository-poll', '0s'];
  runtime = await startProcess(['--models', root, '--serving-threads', '2', '--ready-json', ...free]);
  await until(() => runtime.stdout.length > 0);
  ready = JSON.parse(runtime.stdout[0]!);
});
after(async () => {
  runtime.child.kill('SIGKILL');
  await runtime.child.exited;
  rmSync(root, { recursive: true });
});

/** One request over a connection of its own. */
function ask(method: string, path: string, body?: unknown, base = ready.rest) {
  return new Promise<{ status: number; text: string }>((resolve, reject) => {
    const asked = request(`${base}${path}`, { method, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part) => {
        text += part;
      });
      response.on('end', () => resolve({ status: response.statusCode!, text }));
      response.on('error', reject);
    });
    asked.on('error', reject);
    asked.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

const infer = (name: string, version = '') =>
  ask('POST', `/v2/models/${name}${version}/infer`, ready.samples[name] ?? ready.samples.mlp);
const index = async () => JSON.parse((await ask('POST', '/v2/repository/index', {})).text);
const command = (name: string, what: 'load' | 'unload') =>
  ask('POST', `/v2/repository/models/${name}/${what}`, {});
const metric = async (name: string, model: string) => {
  const { text } = await ask('GET', '/metrics', undefined, ready.metrics);
  const line = new RegExp(`^${name}\\{model="${model}",version="\\d+"\\} (.*)$`, 'm').exec(text);
  return Number(line?.[1]);
};
const times = <T>(count: number, work: () => Promise<T>) => Promise.all(Array.from({ length: count }, work));
const same = <T>(answers: readonly T[], expected: T) => {
  for (const answer of answers) assert.deepEqual(answer, expected);
};

describe('two serving threads', () => {
  for (const name of ['mlp', 'slow'])
    it(`count together what each of them answered for ${name}`, async () => {
      const before = await metric('nv_inference_request_success', name);
      same(await times(MANY, async () => (await infer(name)).status), 200);
      assert.equal(await metric('nv_inference_request_success', name), before + MANY);
      const all = await times(MANY, () => ask('GET', `/v2/models/${name}/stats`));
      for (const { text } of all) {
        const [stats] = JSON.parse(text).model_stats;
        assert.equal(stats.inference_stats.success.count, before + MANY);
        assert.equal(stats.inference_count, before + MANY);
      }
    });

  it('list the same models, and say where each runs', async () => {
    const [first, ...others] = await times(MANY, index);
    same(others, first);
    const reasons = Object.fromEntries(
      first.map((one: { name: string; reason: string }) => [one.name, one.reason]),
    );
    assert.match(reasons.slow, /^runs instance: model\.yaml says instance$/);
    assert.match(reasons.mlp, /^runs /);
  });

  it('switch together: after a load or an unload was answered, no thread knows better', async () => {
    assert.equal((await command('mlp', 'unload')).status, 200);
    same(await times(MANY, async () => (await infer('mlp')).status), 404);
    assert.equal((await command('mlp', 'load')).status, 200);
    same(await times(MANY, async () => (await infer('mlp')).status), 200);
    assert.equal((await command('nothing', 'load')).status, 404);
  });

  for (const name of ['mlp', 'slow'])
    it(`swap the version of ${name} under load and drop nothing`, async () => {
      let over = false;
      const statuses: number[] = [];
      const versions = new Set<string>();
      const client = async () => {
        while (!over) {
          const { status, text } = await infer(name);
          statuses.push(status);
          versions.add(JSON.parse(text).model_version);
        }
      };
      const clients = times(6, client);
      await until(() => statuses.length > 50);
      add(name, 2);
      assert.equal((await command(name, 'load')).status, 200);
      const atSwitch = statuses.length;
      await until(() => statuses.length > atSwitch + 50);
      over = true;
      await clients;
      assert.deepEqual([...new Set(statuses)], [200]);
      assert.deepEqual([...versions].sort(), ['1', '2']);
      same(await times(MANY, async () => (await infer(name, '/versions/1')).status), 404);
      same(await times(MANY, async () => JSON.parse((await infer(name)).text).model_version), '2');
    });

  it('keep what serves when a load fails, and say why', async () => {
    add('mlp', 3);
    writeFileSync(join(root, 'mlp', '3', 'model.onnx'), 'no model');
    const { status, text } = await command('mlp', 'load');
    assert.equal(status, 400);
    assert.match(JSON.parse(text).error, /is not an ONNX model/);
    same(await times(MANY, async () => JSON.parse((await infer('mlp')).text).model_version), '2');
    for (const all of await times(MANY, index)) {
      const failed = all.find(
        (one: { name: string; version: string }) => one.name === 'mlp' && one.version === '3',
      );
      assert.deepEqual([failed.state, /not an ONNX model/.test(failed.reason)], ['UNAVAILABLE', true]);
    }
  });

  it('let no other process on their port', async () => {
    const { port } = new URL(ready.rest);
    const where = ['--port', port, '--grpc-port', '0', '--metrics-port', '0', '--serving-threads', '2'];
    const second = await startProcess(['--models', root, ...where]);
    assert.equal((await second.child.exited).code, 1);
    assert.match(second.stderr.join('\n'), new RegExp(`port ${port} on 127.0.0.1 is taken.*PortInUse`, 's'));
  });

  it('both end what they have begun when told to stop', async () => {
    const answers = times(MANY, () => infer('slow').catch(() => undefined));
    await until(async () => (await metric('nv_inference_request_success', 'slow')) > 0);
    runtime.child.kill('SIGTERM');
    assert.deepEqual(await runtime.child.exited, { code: 0, signal: null });
    for (const answer of await answers) assert.equal(answer?.status ?? 200, 200);
  });
});
