import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BatchHeader, StreamName } from '@skerry/contracts';
import { silentLogger } from '@skerry/kit';
import { manualClock } from '@skerry/kit/testing';
import { paceOf } from '../pace.ts';
import { hints } from './hints.ts';
import { openLane } from './lane.ts';
import type { UplinkSession } from './session.ts';
import type { Outgoing, StreamUplink } from './stream.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const site = (network: string) => ({ name: 's', timeZone: 'UTC', power: 'mains', network });

/** A lane with nothing to send yet, in a live session. */
async function open(name: StreamName, network: string) {
  const clock = manualClock(0);
  let current = paceOf(site(network));
  let onData = () => {};
  let waiting: Outgoing | undefined;
  const sentAt: number[] = [];
  const looksAt: number[] = [];
  let hasChanged = false;
  const its = hints();
  let anew = 0;
  let urgent = 0;
  const stream = {
    key: { producer: 'runtime', stream: name },
    isSettled: true,
    reader: {
      isAtEnd: true,
      async hasChanged() {
        looksAt.push(clock.monotonic());
        const changed = hasChanged;
        hasChanged = false;
        return changed;
      },
      watch: (listener: () => void) => {
        onData = listener;
        return () => {};
      },
      close: async () => {},
    },
    next: async () => waiting,
    refresh: async () => {},
    summary: () => ({ acknowledged: 0, waiting: waiting ? 1 : 0, dropped: 0 }),
    acknowledge: async () => {
      waiting = undefined;
      return 'settled';
    },
  } as unknown as StreamUplink;
  const session = {
    id: 's',
    onAnew: () => anew++,
    connection: { batch: () => sentAt.push(clock.monotonic()) },
  } as unknown as UplinkSession;
  const lane = openLane(stream, {
    clock,
    logger: silentLogger,
    compression: { gzip: async (bytes) => bytes, gunzip: async (bytes) => bytes },
    hints: its,
    pace: () => current,
    pump: () => void lane.send(session),
    onUrgent: () => urgent++,
  });
  lane.resume();
  await clock.advance(1);
  const header = {} as Omit<BatchHeader, 'session'>;
  return {
    lane,
    clock,
    sentAt,
    looksAt,
    hints: its,
    ack: (more = {}) => lane.ack({ ...more } as never, session),
    /** Something comes, and a hint tells of it, so many ms later. */
    async arrives(hintAfterMs?: number) {
      waiting = { header, body: '', full: false };
      hasChanged = true;
      const at = clock.monotonic();
      if (hintAfterMs === 0) onData();
      else if (hintAfterMs !== undefined) clock.timer(hintAfterMs, onData);
      await clock.advance(0);
      return at;
    },
    setNetwork(to: string) {
      current = paceOf(site(to));
      lane.paceChanged();
    },
    get anew() {
      return anew;
    },
    get urgent() {
      return urgent;
    },
  };
}

const promised: [network: string, atMostMs: number][] = [
  ['wired', 1_000],
  ['air-gapped', 1_000],
  ['cellular', MINUTE],
  ['satellite', 15 * MINUTE],
  ['of-a-later-version', MINUTE],
];

for (const [network, atMostMs] of promised)
  test(`on a ${network} link a batch waits ${atMostMs / 1000} s at most, and an alarm never`, async () => {
    const results = await open('result', network);
    const came = await results.arrives(0);
    await results.clock.advance(atMostMs);
    assert.equal(results.sentAt.length, 1);
    assert.ok(results.sentAt[0]! - came <= atMostMs);
    assert.ok(results.sentAt[0]! - came >= atMostMs / 10, 'others may come with it');

    const alarms = await open('alarm', network);
    const at = await alarms.arrives(0);
    await alarms.clock.advance(0);
    assert.deepEqual(alarms.sentAt, [at]);
    alarms.ack();
    await alarms.clock.advance(1);
    const next = await alarms.arrives(0);
    await alarms.clock.advance(0);
    assert.deepEqual(alarms.sentAt, [at, next]);
  });

test('an alarm that waits for a session is told, whether it came before its end or after, and nothing else is', async () => {
  const alarms = await open('alarm', 'satellite');
  alarms.lane.pause();
  await alarms.clock.advance(HOUR);
  assert.equal(alarms.urgent, 0, 'nothing waits');
  await alarms.arrives(0);
  assert.equal(alarms.urgent, 1);
  alarms.lane.resume();
  await alarms.arrives(0);
  assert.equal(alarms.urgent, 1, 'it can go');
  alarms.lane.pause();
  await alarms.clock.advance(0);
  assert.equal(alarms.urgent, 2);
  await alarms.lane.close();

  const results = await open('result', 'satellite');
  results.lane.pause();
  await results.arrives(0);
  assert.equal(results.urgent, 0);
});

test('an alarm of which no hint tells is found and told, without a session too', async () => {
  const alarms = await open('alarm', 'satellite');
  alarms.lane.pause();
  await alarms.clock.advance(HOUR);
  await alarms.arrives();
  await alarms.clock.advance(MINUTE);
  assert.equal(alarms.urgent, 1);
});

test('who waits by a slow pace goes by the faster one at once, but not against the hub’s wish', async () => {
  const lane = await open('result', 'satellite');
  const came = await lane.arrives(0);
  lane.setNetwork('wired');
  await lane.clock.advance(1_000);
  assert.ok(lane.sentAt[0]! - came <= 1_000);
  lane.ack({ retryAfterMs: MINUTE });
  await lane.clock.advance(1);
  const postponed = await lane.arrives(0);
  lane.setNetwork('cellular');
  lane.setNetwork('wired');
  await lane.clock.advance(MINUTE - 10);
  assert.equal(lane.sentAt.length, 1);
  await lane.clock.advance(10);
  assert.ok(lane.sentAt[1]! - postponed >= MINUTE - 10);
});

test('an acknowledgement may take as long as the link needs', async () => {
  const wired = await open('result', 'wired');
  await wired.arrives(0);
  await wired.clock.advance(20_000);
  assert.equal(wired.anew, 1);
  const satellite = await open('result', 'satellite');
  await satellite.arrives(0);
  await satellite.clock.advance(15 * MINUTE + 4 * MINUTE);
  assert.equal(satellite.anew, 0);
});

/** Lets so many days go by with an alarm each, acknowledged at once; resolves with how long each waited. */
async function alarmsOf(lane: Awaited<ReturnType<typeof open>>, days: number, hintAfterMs?: number) {
  const waits: number[] = [];
  for (let day = 0; day < days; day++) {
    await lane.clock.advance(DAY);
    const at = await lane.arrives(hintAfterMs);
    for (let s = 0; s < 2 * 60 && lane.sentAt.length === day; s++) await lane.clock.advance(1_000);
    waits.push(lane.sentAt[day]! - at);
    lane.ack();
    await lane.clock.advance(5_000);
  }
  return waits;
}

test('where hints tell of alarms the folder is left alone, and none waits', async () => {
  const lane = await open('alarm', 'satellite');
  const waits = await alarmsOf(lane, 4, 0);
  assert.deepEqual(waits, [0, 0, 0, 0]);
  const since = lane.looksAt.filter((at) => at > 2 * DAY).length;
  assert.ok(since <= 2 * 12 * 24 + 2, `${since} looks in two days`);
});

test('where no hint tells of alarms they are looked for, briskly once that is known', async () => {
  const lane = await open('alarm', 'satellite');
  const [first, ...others] = await alarmsOf(lane, 4);
  assert.ok(first! <= MINUTE);
  for (const wait of others) assert.ok(wait <= 1_000, `${wait} ms`);
});

test('hints that end are missed at the next look, and not relied on again', async () => {
  const lane = await open('alarm', 'satellite');
  await alarmsOf(lane, 2, 0);
  await lane.clock.advance(DAY);
  await lane.arrives();
  await lane.clock.advance(6 * MINUTE);
  assert.equal(lane.sentAt.length, 3, 'within five minutes and a little');
  lane.ack();
  await lane.clock.advance(5_000);
  const at = await lane.arrives();
  await lane.clock.advance(10_000);
  assert.ok(lane.sentAt[3]! - at <= 10_000);
});

test('a hint that comes after the look that found what it tells of is one all the same', async () => {
  const lane = await open('alarm', 'satellite');
  await alarmsOf(lane, 1, 0);
  const nextLook = lane.looksAt.at(-1)! + 5 * MINUTE;
  await lane.clock.advance(nextLook - lane.clock.monotonic() - 1);
  await lane.arrives(1_000);
  await lane.clock.advance(10_000);
  lane.ack();
  await lane.clock.advance(DAY);
  const looks = lane.looksAt.filter((at) => at > nextLook).length;
  assert.ok(looks <= 300, `${looks} looks in a day`);
});

test('on wires, too, a message that no hint tells of waits no longer than a second', async () => {
  const lane = await open('result', 'wired');
  lane.hints.judge(false);
  await lane.clock.advance(DAY);
  const at = await lane.arrives();
  await lane.clock.advance(1_000);
  assert.ok(lane.sentAt[0]! - at <= 1_000);
});

test('what no hint told of has waited for company long enough', async () => {
  const lane = await open('result', 'satellite');
  lane.hints.judge(false);
  await lane.clock.advance(DAY);
  const at = await lane.arrives();
  await lane.clock.advance(15 * MINUTE);
  assert.ok(lane.sentAt[0]! - at <= 15 * MINUTE);
});
