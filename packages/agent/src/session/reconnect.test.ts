import assert from 'node:assert/strict';
import { test } from 'node:test';
import { manualClock, seededRandom } from '@skerry/kit/testing';
import { paceOf } from '../pace.ts';
import { type Invitation, reconnect, reconnectDelay } from './reconnect.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const site = (network: string) => ({ name: 's', timeZone: 'UTC', power: 'mains', network });

test('the first tries follow within a second, later ones grow to a minute', () => {
  for (const failures of [1, 3, 5]) assert.ok(reconnectDelay(failures, 0.999, MINUTE) < 1_000);
  assert.deepEqual(
    [6, 8, 10, 100].map((failures) => [
      reconnectDelay(failures, 0, MINUTE),
      reconnectDelay(failures, 1, MINUTE),
    ]),
    [
      [1_000, 2_000],
      [4_000, 8_000],
      [16_000, 32_000],
      [30_000, 60_000],
    ],
  );
});

test('ten thousand devices that tried in vain for an hour come back spread over a minute', () => {
  const random = seededRandom(7);
  const perSecond = new Map<number, number>();
  for (let device = 0; device < 10_000; device++) {
    let at = 0;
    for (let failures = 1; at < HOUR; failures++) at += reconnectDelay(failures, random.number(), MINUTE);
    const second = Math.floor((at - HOUR) / 1_000);
    perSecond.set(second, (perSecond.get(second) ?? 0) + 1);
  }
  assert.ok(Math.max(...perSecond.keys()) < 60);
  assert.ok(Math.max(...perSecond.values()) < 290, `${Math.max(...perSecond.values())} in a second`);
});

/** A device that tries in vain, for ever: when it did. */
function device(network: string) {
  const clock = manualClock(0);
  const tries = reconnect({
    clock,
    random: seededRandom(3),
    longestMs: () => paceOf(site(network)).reconnectMs,
  });
  const triedAt: number[] = [];
  const go = async (invited?: Invitation): Promise<void> => {
    triedAt.push(clock.monotonic());
    await tries.pause(invited);
    return go();
  };
  const between = (from: number, to: number) => triedAt.filter((at) => at > from && at <= to).length;
  return { clock, tries, triedAt, go, between };
}

const dearer: [network: string, longestMs: number][] = [
  ['wired', MINUTE],
  ['cellular', 5 * MINUTE],
  ['satellite', 15 * MINUTE],
];

for (const [network, longestMs] of dearer)
  test(`a hub that is away for long is looked for every ${longestMs / MINUTE} min on a ${network} link`, async () => {
    const { clock, triedAt, go, between } = device(network);
    void go();
    await clock.advance(10 * HOUR);
    const pauses = triedAt.slice(1).map((at, index) => at - triedAt[index]!);
    assert.ok(Math.max(...pauses) <= longestMs);
    assert.ok(between(5 * HOUR, 10 * HOUR) <= (5 * HOUR) / (longestMs / 2));
    assert.ok(between(0, MINUTE) >= 8, 'and soon at first');
  });

test('something urgent is tried within a minute over a satellite, for an hour, but not without end', async () => {
  const { clock, tries, go, between } = device('satellite');
  void go();
  await clock.advance(10 * HOUR);
  tries.hurry();
  await clock.advance(MINUTE);
  assert.ok(between(10 * HOUR, 10 * HOUR + MINUTE) >= 1);
  for (let second = 0; second < 60; second++) {
    tries.hurry();
    await clock.advance(1_000);
  }
  assert.ok(between(10 * HOUR, 10 * HOUR + 2 * MINUTE) <= 4, 'however much comes');
  await clock.advance(58 * MINUTE);
  assert.ok(between(10 * HOUR, 11 * HOUR) >= 59);
  await clock.advance(4 * HOUR);
  assert.ok(between(12 * HOUR, 15 * HOUR) <= 24);
});

test('a firm word of the hub counts more than hurry, and less than whoever wants it now', async () => {
  const { clock, tries, triedAt, go } = device('wired');
  void go({ afterMs: 10 * MINUTE, isFirm: true });
  tries.hurry();
  await clock.advance(5 * MINUTE);
  assert.equal(tries.leftMs, 5 * MINUTE);
  tries.now();
  await clock.advance(0);
  assert.deepEqual(triedAt.slice(0, 2), [0, 5 * MINUTE]);
});

test('where the hub only had too much to do, something urgent is tried within a minute', async () => {
  const { clock, tries, triedAt, go } = device('wired');
  void go({ afterMs: 10 * MINUTE, isFirm: false });
  await clock.advance(20_000);
  tries.hurry();
  await clock.advance(MINUTE);
  assert.equal(triedAt[1], MINUTE);
});

test('once the hub was reached the next tries come soon', async () => {
  const { clock, tries, go, between } = device('satellite');
  void go();
  await clock.advance(10 * HOUR);
  tries.reached();
  tries.now();
  await clock.advance(10_000);
  assert.ok(between(10 * HOUR - 1, 10 * HOUR + 10_000) >= 5);
});
