import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { memoryDisk } from '../testing/memory-disk.ts';
import { openElapsed } from './elapsed.ts';
import { decodeTwice } from './twice.ts';

const PATH = 'elapsed.json';
const HOUR = 3_600_000;

/** A machine: what time truly is, how long it is up, and whether it was told the hub's time. */
function machine() {
  const disk = memoryDisk();
  let bootId = 'boot 1';
  let sinceBoot = 0;
  let truth = 1e12;
  let isTold = false;
  const source = () => {
    const life = bootId;
    return {
      bootId: life,
      sinceBoot: () => sinceBoot,
      hubTime: () => (isTold ? truth : undefined),
    };
  };
  return {
    disk,
    start: () => openElapsed(disk, PATH, source()),
    pass(ms: number) {
      sinceBoot += ms;
      truth += ms;
    },
    off(ms: number) {
      truth += ms;
      sinceBoot = 0;
      bootId = `boot ${truth}`;
      isTold = false;
    },
    tell() {
      isTold = true;
    },
    forget() {
      isTold = false;
    },
  };
}

test('it counts while a process runs, and over a restart within a boot', async () => {
  const it = machine();
  const first = await it.start();
  it.pass(HOUR);
  assert.equal(first.now(), HOUR);
  await first.save();
  it.pass(2 * HOUR);
  const second = await it.start();
  assert.equal(second.now(), 3 * HOUR);
});

test('a time off is not counted while nobody knows how long it was', async () => {
  const it = machine();
  const first = await it.start();
  it.pass(HOUR);
  await first.save();
  it.off(100 * HOUR);
  const second = await it.start();
  it.pass(HOUR);
  assert.equal(second.now(), 2 * HOUR);
  it.tell();
  assert.equal(second.now(), 2 * HOUR, 'the hub’s time was not known before');
});

test('it is kept ever more seldom, so that a power cut takes half of what was run, and six hours at most', async () => {
  const it = machine();
  const first = await it.start();
  const writes: number[] = [];
  let seen: Uint8Array | undefined;
  for (let minutes = 0; minutes < 48 * 60; minutes += 10) {
    it.pass(10 * 60_000);
    await first.keep();
    const bytes = await it.disk.readIfThere(PATH);
    if (Buffer.compare(bytes ?? Buffer.of(), seen ?? Buffer.of()) !== 0) writes.push(minutes + 10);
    seen = bytes;
    const { elapsedMs } = decodeTwice(bytes!) as { elapsedMs: number };
    assert.ok(first.now() - elapsedMs <= Math.min(first.now() / 2, 6 * HOUR));
  }
  assert.ok(writes.length <= 14, `${writes.length} writes in two days`);
});

test('what was learnt of a time off is kept at once', async () => {
  const it = machine();
  const first = await it.start();
  it.tell();
  it.pass(HOUR);
  await first.keep();
  it.off(100 * HOUR);
  const second = await it.start();
  it.pass(8 * HOUR);
  await second.keep();
  it.tell();
  it.pass(60_000);
  await second.keep();
  it.off(HOUR);
  assert.ok((await it.start()).now() > 100 * HOUR);
});

test('a time off is counted once the hub’s time is known that was known before', async () => {
  const it = machine();
  const first = await it.start();
  it.tell();
  it.pass(HOUR);
  await first.save();
  it.off(100 * HOUR);
  const second = await it.start();
  it.pass(HOUR);
  await second.save();
  it.off(50 * HOUR);
  const third = await it.start();
  assert.equal(third.now(), 2 * HOUR);
  it.tell();
  assert.equal(third.now(), 152 * HOUR);
});

test('a header that was written before a power cut says how much has passed at least', async () => {
  const it = machine();
  const first = await it.start();
  first.atLeast(7 * HOUR);
  it.pass(HOUR);
  assert.equal(first.now(), 8 * HOUR);
  first.atLeast(HOUR);
  assert.equal(first.now(), 8 * HOUR);
});

test('a damaged file begins anew', async () => {
  const it = machine();
  await it.disk.writeAtomic(PATH, '{"elapsedMs":-1');
  assert.equal((await it.start()).now(), 0);
});

const event = fc.oneof(
  fc.record({ do: fc.constantFrom('pass' as const, 'off' as const), ms: fc.nat(1000 * HOUR) }),
  fc.record({ do: fc.constantFrom('tell' as const, 'forget' as const, 'save' as const, 'restart' as const) }),
);

test('whatever happens, it never goes back within a life and never passes the truth', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(event, { maxLength: 40 }), async (events) => {
      const it = machine();
      let elapsed = await it.start();
      let truth = 0;
      let before = 0;
      for (const step of events) {
        if ('ms' in step) {
          truth += step.ms;
          it[step.do](step.ms);
        } else if (step.do === 'save') await elapsed.save();
        else if (step.do !== 'restart') it[step.do]();
        if (step.do === 'off' || step.do === 'restart') {
          elapsed = await it.start();
          before = 0;
        }
        const now = elapsed.now();
        assert.ok(now >= before && now <= truth, `${before} ≤ ${now} ≤ ${truth}`);
        before = now;
      }
    }),
  );
});
