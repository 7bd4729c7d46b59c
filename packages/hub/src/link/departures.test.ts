import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLogger } from '@skerry/kit';
import { manualClock, seededRandom } from '@skerry/kit/testing';
import { departures } from './departures.ts';

function open() {
  const clock = manualClock();
  const stored: string[] = [];
  const database = { tries: 0, isAway: true, refused: '' };
  const store = async (deviceId: string) => {
    database.tries += 1;
    if (database.isAway || deviceId === database.refused) throw new Error('no space');
    stored.push(deviceId);
  };
  const left = departures({ clock, random: seededRandom(3), logger: silentLogger, store });
  return { clock, stored, database, left };
}

test('what could not be stored is tried again, ever less often, until it is', async () => {
  const { clock, stored, database, left } = open();
  for (const id of ['a', 'b', 'c']) left.add(id);
  await clock.advance(3_600_000);
  assert.ok(database.tries > 60 && database.tries < 240, `${database.tries} tries in an hour`);
  database.isAway = false;
  await clock.advance(60_000);
  assert.deepEqual(stored.toSorted(), ['a', 'b', 'c']);
  assert.equal(clock.waiting, 0);
});

test('one that is never stored keeps no other from it', async () => {
  const { clock, stored, database, left } = open();
  Object.assign(database, { isAway: false, refused: 'a' });
  for (const id of ['a', 'b']) left.add(id);
  await clock.advance(60_000);
  assert.deepEqual(stored, ['b']);
  await left.stop();
  assert.equal(clock.waiting, 0);
});
