import assert from 'node:assert/strict';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Disk, lifetime, silentLogger } from '@skerry/kit';
import { nodeClock, nodePorts } from '@skerry/kit/node';
import { manualClock } from '@skerry/kit/testing';
import { failure } from '../errors.ts';
import { until } from '../until.ts';
import { keepSelfMade } from './self-made.ts';

const DAY = 86_400_000;
const child = fileURLToPath(new URL('./certificate-child.ts', import.meta.url));
const certificateChild = [process.execPath, '--conditions=source', child] as const;

async function open(t: TestContext, startAt = Date.now()) {
  const folder = await mkdtemp(join(tmpdir(), 'skerry-serving-'));
  t.after(() => rm(folder, { recursive: true }));
  const clock = manualClock(startAt);
  const { processes, ...ports } = nodePorts();
  const disk: Disk = { ...ports.disk };
  const start = async (hosts: readonly string[]) => {
    const life = lifetime({ clock: nodeClock(), logger: silentLogger });
    t.after(() => life.stop());
    const options = { processes, disk, clock, logger: silentLogger, life, folder, certificateChild };
    return keepSelfMade({ ...options, hosts: () => hosts });
  };
  const read = async (name: string) => new X509Certificate(await readFile(join(folder, name)));
  return { folder, clock, disk, start, read };
}

it('makes an authority and a certificate of it for every name of the machine, for its owner alone', async (t) => {
  const { folder, start, read } = await open(t);
  const files = await start(['box', 'box.local', '192.0.2.7', 'fd00::7']);
  const [ca, server] = [await read('ca.crt'), await read('server.crt')];
  assert.ok(ca.ca && server.checkIssued(ca) && server.verify(ca.publicKey) && !server.ca);
  assert.ok(server.checkHost('box.local') && server.checkIP('192.0.2.7') && server.checkIP('fd00::7'));
  assert.ok(!server.checkHost('other'));
  assert.ok(ca.validToDate.getTime() > Date.now() + 9 * 365 * DAY);
  assert.equal((await stat(folder)).mode & 0o777, 0o700);
  for (const file of [files.key, files.cert, files.ca, join(folder, 'ca.key')])
    assert.equal((await stat(file)).mode & 0o777, 0o600, file);
});

it('keeps what it has over a restart, and makes another certificate for another address', async (t) => {
  const { start, read } = await open(t);
  await start(['box']);
  const [ca, first] = [await read('ca.crt'), await read('server.crt')];
  await start(['box']);
  assert.equal((await read('server.crt')).serialNumber, first.serialNumber);
  await start(['box', '192.0.2.8']);
  const second = await read('server.crt');
  assert.ok(second.checkIP('192.0.2.8') && second.checkIssued(ca));
  assert.equal((await read('ca.crt')).serialNumber, ca.serialNumber);
  assert.deepEqual(
    second.publicKey.export({ type: 'spki', format: 'der' }),
    first.publicKey.export({ type: 'spki', format: 'der' }),
  );
});

it('renews the certificate by itself a month before its end, below the same authority', async (t) => {
  const { clock, start, read } = await open(t);
  await start(['box']);
  const [ca, first] = [await read('ca.crt'), await read('server.crt')];
  clock.setNow(first.validToDate.getTime() - 31 * DAY);
  await clock.advance(61_000);
  assert.equal((await read('server.crt')).serialNumber, first.serialNumber);
  clock.setNow(first.validToDate.getTime() - 29 * DAY);
  await clock.advance(60_000);
  await until(async () => (await read('server.crt')).serialNumber !== first.serialNumber);
  const second = await read('server.crt');
  assert.ok(second.checkIssued(ca) && second.validToDate > first.validToDate);
});

it('a machine that does not know the time makes certificates that are good once it does', async (t) => {
  const { start, read } = await open(t, 0);
  await start(['box']);
  const server = await read('server.crt');
  assert.ok(server.validToDate.getTime() > Date.UTC(2026, 2, 1));
});

it('is good for clients who know the time, made on a clock that was a year ahead or kept on one that is behind', async (t) => {
  const { clock, start, read } = await open(t, Date.now() + 365 * DAY);
  const isGoodNow = async () => {
    for (const { validFromDate, validToDate } of [await read('ca.crt'), await read('server.crt')])
      if (validFromDate.getTime() > Date.now() || validToDate.getTime() < Date.now()) return false;
    return true;
  };
  await start(['box']);
  const ca = await read('ca.crt');
  clock.setNow(Date.now());
  await clock.advance(60_000);
  await until(isGoodNow);
  clock.setNow(0);
  await start(['box']);
  assert.ok(await isGoodNow());
  const { serialNumber } = await read('server.crt');
  await start(['box']);
  assert.equal((await read('server.crt')).serialNumber, serialNumber);
  assert.equal((await read('ca.crt')).serialNumber, ca.serialNumber);
});

it('goes on with the certificate of another address where the disk takes no other, until it does', async (t) => {
  const { clock, disk, start, read } = await open(t);
  await start(['box']);
  const { writeAtomic } = disk;
  disk.writeAtomic = () => Promise.reject(failure('StorageFailed', 'no space left'));
  await start(['box', '192.0.2.8']);
  disk.writeAtomic = writeAtomic;
  await clock.advance(60_000);
  await until(async () => (await read('server.crt')).checkIP('192.0.2.8') !== undefined);
});

it('goes on with what it has where the disk has damaged a file, and mends it', async (t) => {
  const { folder, start, read } = await open(t);
  await start(['box']);
  const serials = async () => [(await read('ca.crt')).serialNumber, (await read('server.crt')).serialNumber];
  const before = await serials();
  for (const name of ['ca.crt', 'ca.key', 'server.crt', 'server.key'])
    for (const at of [0.2, 0.3, 0.4, 0.5, 0.8]) {
      const file = join(folder, name);
      const whole = await readFile(file);
      const damaged = Buffer.from(whole);
      damaged[Math.floor(at * damaged.length)]! ^= 1;
      await writeFile(file, damaged);
      await start(['box']);
      assert.deepEqual(await readFile(file), whole, `${name} at ${at}`);
      assert.deepEqual(await serials(), before);
    }
});

it('makes others where a file and its copy are damaged', async (t) => {
  const { folder, start, read } = await open(t);
  const { key, cert } = await start(['box']);
  for (const name of ['ca.key', 'server.crt', 'server.key', 'ca.crt']) {
    for (const file of [name, `${name}.copy`]) await writeFile(join(folder, file), 'nothing of the kind');
    await start(['box']);
    const [ca, server] = [await read('ca.crt'), new X509Certificate(await readFile(cert))];
    assert.ok(server.verify(ca.publicKey) && server.checkPrivateKey(createPrivateKey(await readFile(key))));
  }
});
