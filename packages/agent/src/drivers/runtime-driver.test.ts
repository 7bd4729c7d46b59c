import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Ports, silentLogger } from '@skerry/kit';
import { nodePorts } from '@skerry/kit/node';
import type { Driver, DriverNews } from './driver.ts';
import { runtimeAdmin } from './runtime-admin.ts';
import { runtimeDriver } from './runtime-driver.ts';
import { startRuntime } from './runtime-process.ts';

const DEADLINE_MS = 20_000;
const linux = process.platform === 'linux';

async function open(t: TestContext, ports: Ports = nodePorts()) {
  const root = await mkdtemp(join(tmpdir(), 'skerry-driver-'));
  const stateFolder = join(root, 'runtime');
  const entry = fileURLToPath(new URL('../../../runtime/src/main.ts', import.meta.url));
  const program = [process.execPath, '--conditions=source', entry] as const;
  const args = ['--port', '0', '--grpc-port', '0', '--metrics-port', '0', '--outbox', join(root, 'outbox')];
  const admin = runtimeAdmin(ports.http, join(stateFolder, 'admin.sock'));
  const options = { ...ports, admin, logger: silentLogger, stateFolder, program, args };
  const driver = runtimeDriver(options);
  const news: DriverNews['what'][] = [];
  driver.onNews(({ what }) => news.push(what));
  t.after(async () => {
    await driver.stop();
    await rm(root, { recursive: true });
  });
  return { ports, options, driver, news };
}

type Look<T> = () => T | undefined | false | Promise<T | undefined | false>;

async function until<T>(what: string, look: Look<T>): Promise<T> {
  for (const end = performance.now() + DEADLINE_MS; performance.now() < end; await sleep(10)) {
    const found = await look();
    if (found) return found;
  }
  return assert.fail(`not within the deadline: ${what}`);
}

const instanceOf = (driver: Driver) => (driver.observed.up ? driver.observed.status?.instanceId : undefined);

test('a runtime is started, started again when it is killed, and ended with its driver', async (t) => {
  const { ports, driver, news } = await open(t);
  driver.recover();
  const first = await until('it is up', () => instanceOf(driver));
  process.kill(driver.observed.status!.pid, 'SIGKILL');
  const second = await until('another one is up', () => instanceOf(driver) !== first && instanceOf(driver));
  assert.notEqual(first, second);
  assert.deepEqual(news, ['started', 'ended', 'started']);
  const { pid } = driver.observed.status!;
  await driver.stop();
  assert.equal(ports.processes.alive(pid), false);
});

test('restarts that are asked for are no crashes, however many', async (t) => {
  const { driver, news } = await open(t);
  const { signal } = new AbortController();
  await assert.rejects(driver.restart(signal), { code: 'Unavailable' });
  driver.recover();
  const instances = [await until('it is up', () => instanceOf(driver))];
  for (const _ of [1, 2, 3]) {
    await driver.restart(signal);
    instances.push(instanceOf(driver)!);
  }
  assert.equal(new Set(instances).size, 4);
  assert.deepEqual(news, ['started', 'started', 'started', 'started']);
  assert.equal(driver.observed.crashLoop, false);
});

test('what still runs from an earlier life is adopted, looked after, and ended', async (t) => {
  const { options, driver, news } = await open(t);
  const before = await startRuntime(options);
  before.release();
  const instance = await until('it answers', () => options.admin.status().catch(() => undefined));
  driver.recover();
  assert.equal(await until('it is adopted', () => instanceOf(driver)), instance.instanceId);
  assert.deepEqual(news, ['adopted']);
  process.kill(instance.pid, 'SIGKILL');
  await until(
    'its end is noticed, and another one is up',
    () => instanceOf(driver) !== instance.instanceId && instanceOf(driver),
  );
  assert.deepEqual(news, ['adopted', 'ended', 'started']);
});

test('what hangs from an earlier life is ended, and another one serves', { skip: !linux }, async (t) => {
  let passed = 0;
  const { clock, http, ...others } = nodePorts();
  const { ports, options, driver, news } = await open(t, {
    ...others,
    clock: { ...clock, monotonic: () => clock.monotonic() + passed },
    http: { ...http, request: (asked) => http.request({ ...asked, deadlineMs: 500 }) },
  });
  const before = await startRuntime(options);
  before.release();
  const { pid } = await until('it answers', () => options.admin.status().catch(() => undefined));
  t.after(() => ports.processes.kill(pid, 'SIGKILL'));
  process.kill(pid, 'SIGSTOP');

  driver.recover();
  await until('it is ended after half a minute', () => {
    passed += 1_000;
    return !ports.processes.alive(pid);
  });
  await until('another one is up', () => instanceOf(driver));
  assert.deepEqual(news, ['ended', 'started']);
});

test('orders to a runtime that is not up are refused at once', async (t) => {
  const { driver } = await open(t);
  await assert.rejects(driver.unload('digits', new AbortController().signal), { code: 'Unavailable' });
});

test('an end that somebody asked for is told from a crash', async (t) => {
  const { options } = await open(t);
  const ends: boolean[] = [];
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    const runtime = await startRuntime(options);
    await until('it answers', () => options.admin.status().catch(() => undefined));
    runtime.kill(signal);
    ends.push((await runtime.ended).wasAsked);
  }
  assert.deepEqual(ends, [true, false]);
});

test('why a runtime could not start is told in its own words', async (t) => {
  const { options } = await open(t);
  const held = createServer().listen(0, '127.0.0.1');
  await once(held, 'listening');
  t.after(() => held.close());
  const { port } = held.address() as AddressInfo;
  const runtime = await startRuntime({
    ...options,
    args: ['--port', String(port), '--grpc-port', '0', '--metrics-port', '0'],
  });
  const { how, wasAsked } = await runtime.ended;
  assert.ok(!wasAsked);
  assert.match(how, new RegExp(`^ended with code \\d+: .*port ${port} .*taken`));
});

test('a program that does not start is tried again, and counts as a crash loop in the end', async (t) => {
  const { ports, options } = await open(t);
  const driver = runtimeDriver({
    ...options,
    ...ports,
    program: [process.execPath, '--eval', 'process.exit(3)', '--'],
  });
  t.after(() => driver.stop());
  driver.recover();
  await until('it is called a crash loop', () => driver.observed.crashLoop);
  assert.equal(driver.observed.up, false);
});
