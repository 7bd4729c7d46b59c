import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BatchHeader, StreamName } from '@skerry/contracts';
import { silentLogger } from '@skerry/kit';
import { manualClock } from '@skerry/kit/testing';
import { paceOf } from '../pace.ts';
import { openLane } from './lane.ts';
import type { UplinkSession } from './session.ts';
import type { Outgoing, StreamUplink } from './stream.ts';

const MINUTE = 60_000;
const site = (network: string) => ({ name: 's', timeZone: 'UTC', power: 'mains', network });

/** A lane with nothing to send yet, in a live session. */
async function open(name: StreamName, network: string) {
  const clock = manualClock(0);
  let current = paceOf(site(network));
  let onData = () => {};
  let waiting: Outgoing | undefined;
  const sentAt: number[] = [];
  let anew = 0;
  const stream = {
    key: { producer: 'runtime', stream: name },
    isSettled: true,
    reader: {
      watch: (listener: () => void) => {
        onData = listener;
        return () => {};
      },
      close: async () => {},
    },
    next: async () => waiting,
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
    pace: () => current,
    pump: () => void lane.send(session),
  });
  lane.resume();
  await clock.advance(1);
  const header = {} as Omit<BatchHeader, 'session'>;
  return {
    lane,
    clock,
    sentAt,
    ack: (more = {}) => lane.ack({ ...more } as never, session),
    arrives() {
      waiting = { header, body: '', full: false };
      onData();
      return clock.monotonic();
    },
    setNetwork(to: string) {
      current = paceOf(site(to));
      lane.paceChanged();
    },
    get anew() {
      return anew;
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
    const came = results.arrives();
    await results.clock.advance(atMostMs);
    assert.equal(results.sentAt.length, 1);
    assert.ok(results.sentAt[0]! - came <= atMostMs);
    assert.ok(results.sentAt[0]! - came >= atMostMs / 10, 'others may come with it');

    const alarms = await open('alarm', network);
    const at = alarms.arrives();
    await alarms.clock.advance(0);
    assert.deepEqual(alarms.sentAt, [at]);
    alarms.ack();
    await alarms.clock.advance(1);
    const next = alarms.arrives();
    await alarms.clock.advance(0);
    assert.deepEqual(alarms.sentAt, [at, next]);
  });

test('who waits by a slow pace goes by the faster one at once, but not against the hub’s wish', async () => {
  const lane = await open('result', 'satellite');
  const came = lane.arrives();
  lane.setNetwork('wired');
  await lane.clock.advance(1_000);
  assert.ok(lane.sentAt[0]! - came <= 1_000);
  lane.ack({ retryAfterMs: MINUTE });
  await lane.clock.advance(1);
  const postponed = lane.arrives();
  lane.setNetwork('cellular');
  lane.setNetwork('wired');
  await lane.clock.advance(MINUTE - 10);
  assert.equal(lane.sentAt.length, 1);
  await lane.clock.advance(10);
  assert.ok(lane.sentAt[1]! - postponed >= MINUTE - 10);
});

test('an acknowledgement may take as long as the link needs', async () => {
  const wired = await open('result', 'wired');
  wired.arrives();
  await wired.clock.advance(20_000);
  assert.equal(wired.anew, 1);
  const satellite = await open('result', 'satellite');
  satellite.arrives();
  await satellite.clock.advance(15 * MINUTE + 4 * MINUTE);
  assert.equal(satellite.anew, 0);
});
