import assert from 'node:assert/strict';
import { test } from 'node:test';
import { manualClock, seededRandom } from '@skerry/kit/testing';
import fc from 'fast-check';
import { type ComeBack, type Turn, type Turns, type TurnsOptions, turns } from './turns.ts';

const open = (changes: Partial<TurnsOptions> = {}) => {
  const clock = manualClock();
  const random = seededRandom(1);
  const pace = { firstGuess: 1_000_000, measured: 1_000_000 };
  const limits = { places: 1, beside: 1, leastGiven: 1_000, lingerMs: 0, pace };
  return { clock, door: turns({ clock, random, ...limits, ...changes }) };
};
/** One that asks, the answer by now, and its way to go. */
const asking = (door: Turns, deviceId: string, amount: number) => {
  const gone = new AbortController();
  const asked: { answer?: Turn | ComeBack; leave(): void } = { leave: () => gone.abort() };
  void door.ask(deviceId, amount, gone.signal).then((answer) => {
    asked.answer = answer;
  });
  return asked;
};
const isServed = ({ answer }: { answer?: Turn | ComeBack }) => answer !== undefined && 'gave' in answer;
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

test('those at the door come in in order, each with all that it asks for', async () => {
  const { door } = open();
  const first = asking(door, 'a', 1000);
  const more = asking(door, 'a', 1000);
  const [b, c, again] = ['b', 'c', 'b'].map((id) => asking(door, id, 1000));
  await settled();
  assert.deepEqual([first, more, b!, c!].map(isServed), [true, true, false, false]);
  assert.deepEqual(door.count(), { served: 1, beside: 0, held: 3 });
  first.leave();
  await settled();
  assert.ok(!isServed(b!), 'its place counts for both of its requests');
  more.leave();
  await settled();
  assert.deepEqual([b!, again!, c!].map(isServed), [true, true, false]);
  b!.leave();
  again!.leave();
  await settled();
  assert.ok(isServed(c!));
});

test('who goes away while it waits is waited for by nobody', async () => {
  const { clock, door } = open();
  const [a, b, c] = ['a', 'b', 'c'].map((id) => asking(door, id, 1000));
  b!.leave();
  a!.leave();
  await settled();
  assert.ok(isServed(c!));
  c!.leave();
  const late = new AbortController();
  late.abort();
  await door.ask('d', 1, late.signal);
  assert.deepEqual(door.count(), { served: 0, beside: 0, held: 0 });
  assert.equal(clock.waiting, 0);
});

test('a device keeps its place for a moment, since there may be another file of the same model', async () => {
  const { clock, door } = open({ lingerMs: 500 });
  const config = asking(door, 'a', 100);
  const other = asking(door, 'b', 100);
  await settled();
  config.leave();
  await clock.advance(400);
  const weights = asking(door, 'a', 100);
  await clock.advance(1_000);
  assert.deepEqual([weights, other].map(isServed), [true, false]);
  weights.leave();
  await clock.advance(500);
  assert.ok(isServed(other));
});

test('who is slow by its own network gives its place away, and is served beside, as many as may be', async () => {
  const { clock, door } = open();
  const [a, b, c] = ['a', 'b', 'c'].map((id) => asking(door, id, 10_000));
  await settled();
  (a!.answer as Turn).gave(999);
  await clock.advance(5_000);
  assert.ok(isServed(b!));
  assert.deepEqual(door.count(), { served: 1, beside: 1, held: 1 });
  await clock.advance(2_900);
  assert.ok(!isServed(c!), 'two are slow, and one alone may be served beside');
  a!.leave();
  b!.leave();
  await settled();
  assert.ok(isServed(c!));
  (c!.answer as Turn).gave(1_000);
  await clock.advance(5_000);
  assert.deepEqual(door.count(), { served: 1, beside: 0, held: 0 });
});

test('what is given after a turn is over counts for nothing, neither as left nor as the pace', async () => {
  const { door } = open({ pace: { firstGuess: 1_000, measured: 1_000_000 } });
  const [first, again] = ['a', 'a'].map((id) => asking(door, id, 6_000));
  await settled();
  first!.leave();
  (first!.answer as Turn).gave(6_000);
  const late = asking(door, 'b', 9_000);
  await settled();
  assert.equal(door.count().held, 1, 'six seconds’ worth is left');
  const later = asking(door, 'c', 1);
  await settled();
  assert.ok((later.answer as ComeBack).retryAfterMs >= 13_000, 'fifteen seconds’ worth is before it');
  for (const one of [again!, late]) one.leave();
});

test('after its end nobody waits, and no timer goes on', async () => {
  const { clock, door } = open({ lingerMs: 500 });
  const [served, waits] = ['a', 'b'].map((id) => asking(door, id, 1_000));
  await settled();
  door.close();
  const late = asking(door, 'c', 1_000);
  const more = asking(door, 'a', 1_000);
  await settled();
  assert.deepEqual(
    [waits!, late, more].map(({ answer }) => answer && 'retryAfterMs' in answer),
    [true, true, true],
  );
  served!.leave();
  await settled();
  assert.equal(clock.waiting, 0);
  assert.deepEqual(door.count(), { served: 0, beside: 0, held: 0 });
});

test('a thousand that want twenty megabytes at once are all served, in order, and each asks seldom', async () => {
  const PER_MS = 30_000;
  const AMOUNT = 20_000_000;
  const pace = { firstGuess: 100_000_000, measured: 64_000_000 };
  const { clock, door } = open({ places: 16, beside: 256, leastGiven: 600_000, pace });
  const inside = new Map<string, { turn: Turn; left: number; leave: () => void }>();
  const done: string[] = [];
  let asks = 0;
  let most = 0;
  const come = async (id: string): Promise<void> => {
    asks += 1;
    const gone = new AbortController();
    const turn = await door.ask(id, AMOUNT, gone.signal);
    if ('gave' in turn) inside.set(id, { turn, left: AMOUNT, leave: () => gone.abort() });
    else clock.timer(Math.ceil(turn.retryAfterMs / 1000) * 1000, () => void come(id));
    most = Math.max(most, inside.size);
  };
  const devices = Array.from({ length: 1000 }, (_, i) => `d${i}`);
  for (const [i, id] of devices.entries()) clock.timer(i * 8, () => void come(id));
  while (clock.monotonic() < 3_600_000 && done.length < 1000) {
    await clock.advance(100);
    const share = (100 * PER_MS) / inside.size;
    for (const [id, one] of inside) {
      const given = Math.min(share, one.left);
      one.turn.gave(given);
      one.left -= given;
      if (one.left > 0) continue;
      inside.delete(id);
      one.leave();
      done.push(id);
    }
    await settled();
  }
  assert.equal(done.length, 1000);
  assert.ok(most <= 16, `${most} at a time`);
  assert.ok(clock.monotonic() < (1.1 * 1000 * AMOUNT) / PER_MS, `${clock.monotonic()} ms`);
  assert.ok(asks < 6_000, `${asks} asked`);
  const place = new Map(done.map((id, at) => [id, at]));
  const overtaken = devices.filter((id, at) => place.get(id)! - at > 60);
  assert.deepEqual(overtaken, [], 'overtaken by more than sixty');
});

test('whatever comes, goes and lasts, places are bounded, and in the end nothing is left', async () => {
  const step = fc.record({
    do: fc.constantFrom('ask', 'give', 'leave', 'wait'),
    who: fc.integer({ min: 0, max: 5 }),
    much: fc.integer({ min: 1, max: 4_000 }),
  });
  const play = async (steps: { do: string; who: number; much: number }[]) => {
    const { clock, door } = open({ places: 2, beside: 1, lingerMs: 300 });
    const all: ReturnType<typeof asking>[] = [];
    for (const { do: what, who, much } of steps) {
      const one = all[much % Math.max(1, all.length)];
      if (what === 'ask') all.push(asking(door, `d${who}`, much));
      if (what === 'give' && one && isServed(one)) (one.answer as Turn).gave(much);
      if (what === 'leave') one?.leave();
      if (what === 'wait') await clock.advance(much);
      await settled();
      const { served, beside, held } = door.count();
      assert.ok(served <= 2 && beside <= 1, `${served} and ${beside}`);
      assert.ok(held === 0 || served === 2, 'nobody waits while a place is free');
    }
    for (const one of all) one.leave();
    await clock.advance(10_000);
    assert.ok(all.every(({ answer }) => answer !== undefined));
    assert.deepEqual(door.count(), { served: 0, beside: 0, held: 0 });
    assert.equal(clock.waiting, 0);
  };
  await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 60 }), play), { numRuns: 60 });
});
