import assert from 'node:assert/strict';
import { test } from 'node:test';
import { manualClock, seededRandom } from '@skerry/kit/testing';
import { type Admission, type Admitted, admission, type Backlog, backlogOf } from './admission.ts';

const open = (places: number) => {
  const clock = manualClock();
  return { clock, door: admission({ clock, random: seededRandom(1), places }) };
};
/** Whether it was answered by now, and what. */
const asking = (door: Admission, deviceId: string, waiting: number) => {
  const asked: { answer?: Admitted } = {};
  void door.ask(deviceId, much(waiting)).then((answer) => {
    asked.answer = answer;
  });
  return asked;
};
const much = (messages: number): Backlog => ({ messages, hasAlarms: false });
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

test('who has a slow network gives its place to another, and keeps nobody waiting who asks again', async () => {
  const { clock, door } = open(2);
  for (const id of ['ship', 'mast']) assert.equal(await door.ask(id, much(300_000)), 'welcome');
  const third = await door.ask('shop', much(10_000));
  assert.ok(typeof third === 'object' && third.retryAfterMs > 10_000);
  for (let second = 0; second < 12; second++) {
    await clock.advance(950);
    for (const id of ['ship', 'mast']) {
      const dealtWith = door.brings(id);
      door.took(id, 50);
      await clock.advance(25);
      dealtWith();
    }
  }
  for (const id of ['later', 'shop']) assert.equal(await door.ask(id, much(10_000)), 'welcome');
  assert.deepEqual(
    ['ship', 'mast'].map((id) => door.isReturning(id)),
    [true, true],
  );
});

test('who waits for the hub keeps its place for as long as it takes', async () => {
  const { clock, door } = open(2);
  for (const id of ['a', 'b']) assert.equal(await door.ask(id, much(300_000)), 'welcome');
  for (let second = 0; second < 60; second++) {
    const dealtWith = ['a', 'b'].map((id) => door.brings(id));
    await clock.advance(900);
    for (const id of ['a', 'b']) door.took(id, 500);
    for (const done of dealtWith) done();
    await clock.advance(100);
  }
  assert.equal(typeof (await door.ask('c', much(10_000))), 'object');
});

test('who has an alarm to bring waits behind nobody, as long as there are no more of them than places', async () => {
  const { clock, door } = open(2);
  const alarms = { messages: 300_000, hasAlarms: true };
  for (const id of ['a', 'b']) await door.ask(id, much(300_000));
  for (const id of ['c', 'd']) assert.equal(await door.ask(id, alarms), 'welcome');
  assert.equal(door.isReturning('c'), true, 'it gives way to those who are connected');
  assert.equal(typeof (await door.ask('e', alarms)), 'object');
  await clock.advance(10_000);
  assert.deepEqual(await Promise.all([door.ask('f', alarms), door.ask('g', alarms), door.ask('e', alarms)]), [
    'welcome',
    'welcome',
    'welcome',
  ]);
});

test('who has little to bring is let in whatever goes on, who has much as long as there is a place', async () => {
  const { door } = open(2);
  assert.equal(await door.ask('a', much(10_000)), 'welcome');
  assert.equal(await door.ask('b', much(10_000)), 'welcome');
  const third = asking(door, 'c', 10_000);
  assert.equal(await door.ask('d', much(500)), 'welcome');
  assert.equal(third.answer, undefined);
  assert.deepEqual(
    ['a', 'b', 'c', 'd'].map((id) => door.isReturning(id)),
    [true, true, false, false],
  );
});

test('those at the door come in in order, when one has brought all, fell silent or left', async () => {
  const { clock, door } = open(1);
  await door.ask('a', much(1000));
  const [b, c, d] = ['b', 'c', 'd'].map((id) => asking(door, id, 1000));
  door.took('a', 400);
  await settled();
  assert.equal(b?.answer, undefined);
  door.took('a', 600);
  await settled();
  assert.equal(b?.answer, 'welcome');
  assert.equal(door.isReturning('a'), false);
  door.left('b');
  await settled();
  assert.equal(c?.answer, 'welcome');
  await clock.advance(7_000);
  door.took('c', 1);
  await clock.advance(900);
  assert.equal(d?.answer, undefined);
  await clock.advance(200);
  assert.ok(typeof d?.answer === 'object', 'it has waited for as long as it may, and comes back');
  await clock.advance(9_000);
  assert.equal(await door.ask('d', much(1000)), 'welcome');
  assert.equal(door.isReturning('c'), true, 'what it brings later still gives way');
});

test('who would wait for long is told when to come back, each behind those before it', async () => {
  const { clock, door } = open(1);
  await door.ask('a', much(200_000));
  const answers: Admitted[] = [];
  for (const id of ['b', 'c', 'd']) answers.push(await door.ask(id, much(100_000)));
  const pauses = answers.map((answer) => (answer as { retryAfterMs: number }).retryAfterMs);
  // 20,000 a second, until there is a measurement; two seconds early, and up to one of jitter.
  for (const [i, seconds] of [10, 15, 20].entries()) {
    const early = seconds * 1000 - pauses[i]!;
    assert.ok(early > 1_000 && early <= 2_000, `${pauses[i]}`);
  }
  await clock.advance(pauses[0]!);
  door.took('a', 200_000);
  assert.equal(await door.ask('b', much(100_000)), 'welcome');
  const newcomer = await door.ask('e', much(1000));
  assert.ok(typeof newcomer === 'object' && newcomer.retryAfterMs > 10_000, 'not before those invited');
});

test('a thousand that return at once are all let in, in about the time that the hub takes, and bounded', async () => {
  const { clock, door } = open(8);
  const devices = Array.from({ length: 1000 }, (_, i) => `d${i}`);
  const PER_MS = 30;
  const inside = new Set<string>();
  const done: string[] = [];
  let most = 0;
  let hellos = 0;
  const come = async (id: string): Promise<void> => {
    hellos += 1;
    const answer = await door.ask(id, much(1000));
    if (answer === 'welcome') {
      inside.add(id);
      most = Math.max(most, inside.size);
    } else clock.timer(answer.retryAfterMs, () => void come(id));
  };
  for (const id of devices) void come(id);
  const bring = async (id: string): Promise<void> => {
    door.took(id, 500);
    if (door.isReturning(id)) return;
    inside.delete(id);
    done.push(id);
    await settled();
  };
  while (clock.monotonic() < 120_000 && done.length < 1000) {
    await clock.advance(100);
    for (let budget = 100 * PER_MS; budget > 0 && inside.size > 0; budget -= 500) {
      const [id] = inside;
      await bring(id!);
    }
  }
  assert.equal(done.length, 1000);
  assert.equal(most <= 8, true);
  assert.ok(clock.monotonic() < 1.6 * (1_000_000 / PER_MS), `${clock.monotonic()} ms`);
  assert.ok(hellos < 3_000, `${hellos} hellos`);
  const place = new Map(done.map((id, at) => [id, at]));
  const late = devices.filter((id, at) => place.get(id)! - at > 200);
  assert.ok(late.length < 50, `${late.length} were overtaken by 200`);
});

test('closed, it sends away who waits', async () => {
  const { clock, door } = open(1);
  await door.ask('a', much(1000));
  const b = asking(door, 'b', 1000);
  door.close();
  await settled();
  assert.ok(typeof b.answer === 'object');
  assert.equal(clock.waiting, 0);
});

test('a backlog is what the device holds and knows of no acknowledgement for', () => {
  const stream = { producer: 'runtime', stream: 'result', epoch: 1, hash: '0'.repeat(64) } as const;
  const streams = [
    { ...stream, lowest: 1, next: 11, acknowledged: 4 },
    { ...stream, lowest: 8, next: 11, acknowledged: 4 },
    { ...stream, lowest: 11, next: 11, acknowledged: 10 },
  ];
  assert.deepEqual(backlogOf({ streams }), { messages: 6 + 3, hasAlarms: false });
  const alarms = [...streams, { ...stream, stream: 'alarm', lowest: 1, next: 3, acknowledged: 1 } as const];
  assert.deepEqual(backlogOf({ streams: alarms }), { messages: 6 + 3 + 1, hasAlarms: true });
});

test('after its close it waits for nobody, though the hub goes on with what it took before', async () => {
  const { clock, door } = open(1);
  await door.ask('a', much(1000));
  door.close();
  door.took('a', 1);
  const late = asking(door, 'b', 1000);
  await settled();
  assert.ok(typeof late.answer === 'object');
  assert.equal(clock.waiting, 0);
});
