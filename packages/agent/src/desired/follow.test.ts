import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SkerryError, silentLogger } from '@skerry/kit';
import { manualClock, seededRandom } from '@skerry/kit/testing';
import { followDesired } from './follow.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** A device whose hub offers `"b"`; until `good` it is given what it holds already, or has no room for it. */
function open(good: number, isRoomWanting = false) {
  const clock = manualClock(0);
  const fetchedAt: number[] = [];
  let held = '"a"';
  const following = followDesired({
    source: {
      differs: (etag) => etag !== held,
      isUnkept: () => isRoomWanting && held !== '"b"',
      async fetch() {
        fetchedAt.push(clock.monotonic());
        if (clock.monotonic() >= good) held = '"b"';
        else if (isRoomWanting)
          throw new SkerryError({ code: 'DiskFull', detail: 'no room', next: 'Free some.' });
        return held === '"b"';
      },
    },
    clock,
    random: seededRandom(1),
    logger: silentLogger,
    tell: () => {},
    isConnected: () => true,
    lookMs: () => 12 * HOUR,
    onChanged: () => {},
  });
  return { clock, fetchedAt, following };
}

test('what the hub said and did not give is asked for again, seldomer each time, until it is here', async () => {
  const { clock, fetchedAt, following } = open(30 * MINUTE);
  following.offered('"b"');
  await clock.advance(8 * HOUR);
  assert.ok(fetchedAt.length >= 3 && fetchedAt.length <= 5, `it was fetched ${fetchedAt.length} times`);
  assert.ok(fetchedAt.at(-1)! < 2 * HOUR, 'and not once more after it was here');
  await following.stop();
  assert.equal(clock.waiting, 0);
});

test('what a full disk refused is kept minutes after there is room, and not tried all the time', async () => {
  const { clock, fetchedAt, following } = open(20 * HOUR, true);
  following.offered('"b"');
  await clock.advance(21 * HOUR);
  assert.ok(fetchedAt.at(-1)! < 20 * HOUR + 10 * MINUTE);
  assert.ok(fetchedAt.length < 20 * 20, `${fetchedAt.length} tries in 20 hours`);
  await following.stop();
});

test('what is held is not fetched', async () => {
  const { clock, fetchedAt, following } = open(0);
  following.offered('"a"');
  await clock.advance(HOUR);
  assert.deepEqual(fetchedAt, []);
  await following.stop();
});
