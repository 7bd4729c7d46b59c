import assert from 'node:assert/strict';
import { test } from 'node:test';
import { manualClock, seededRandom } from '@skerry/kit/testing';
import { takeovers } from './takeovers.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

function open() {
  const clock = manualClock(0);
  return { clock, counted: takeovers({ clock, random: seededRandom(3) }) };
}

test('two clones that obey take turns that grow to a quarter of an hour, as long for the one as for the other', async () => {
  const { clock, counted } = open();
  const connected = [0, 0];
  let turns = 0;
  for (let live = 0; clock.monotonic() < DAY; live = 1 - live, turns++) {
    assert.ok(counted.allow('device'));
    const wait = counted.waitMs('device');
    assert.ok(wait >= 7_500 && wait <= 18.75 * MINUTE, `${wait} ms`);
    connected[live]! += wait;
    await clock.advance(wait);
  }
  assert.ok(turns < 120, `${turns} turns in a day`);
  for (const time of connected) assert.ok(time > 0.4 * DAY, `${time} ms of a day`);
});

test('a clone that does not wait is let in every ten seconds, and another device as ever', async () => {
  const { clock, counted } = open();
  let allowed = 0;
  for (let tries = 0; tries < 600; tries++) {
    if (counted.allow('device')) allowed += 1;
    await clock.advance(1_000);
  }
  assert.ok(allowed >= 60 && allowed <= 70, `${allowed} in ten minutes`);
  assert.ok(counted.allow('another'));
});

test('a connection that lasted begins the count anew', async () => {
  const { clock, counted } = open();
  for (let times = 0; times < 12; times++) {
    counted.allow('device');
    await clock.advance(10_000);
  }
  assert.ok(counted.waitMs('device') > 10 * MINUTE);
  await clock.advance(31 * MINUTE);
  assert.ok(counted.allow('device'));
  assert.ok(counted.waitMs('device') <= 12_500);
});
