import assert from 'node:assert/strict';
import { test } from 'node:test';
import { manualClock } from '@skerry/kit/testing';
import { patience } from './patience.ts';

function open() {
  const clock = manualClock();
  let ended: number | undefined;
  const one = patience(clock, 10_000, () => {
    ended = clock.monotonic();
  });
  return { clock, one, ended: () => ended };
}

test('who brings nothing is waited for that long', async () => {
  const { clock, ended } = open();
  await clock.advance(9_999);
  assert.equal(ended(), undefined);
  await clock.advance(1);
  assert.equal(ended(), 10_000);
});

test('who is waited for longer than it waits is slow, however often it brings something', async () => {
  const { clock, one, ended } = open();
  for (let second = 0; second < 14; second++) {
    await clock.advance(900);
    const done = one.brings();
    await clock.advance(100);
    done();
  }
  assert.ok(ended()! > 12_000 && ended()! <= 13_000, `${ended()}`);
});

test('who waits longer than it is waited for is not, for however long', async () => {
  const { clock, one, ended } = open();
  for (let second = 0; second < 600; second++) {
    await clock.advance(400);
    const done = one.brings();
    await clock.advance(600);
    done();
  }
  assert.equal(ended(), undefined);
  await clock.advance(10_000);
  assert.equal(ended(), 610_000);
});

test('of several things brought at once each is dealt with before it is waited for again', async () => {
  const { clock, one, ended } = open();
  const [first, second] = [one.brings(), one.brings()];
  await clock.advance(20_000);
  first();
  await clock.advance(20_000);
  assert.equal(ended(), undefined);
  second();
  await clock.advance(10_000);
  assert.equal(ended(), 50_000);
});

test('stopped, it waits for nobody, though something was not dealt with yet', async () => {
  const { clock, one, ended } = open();
  const done = one.brings();
  one.stop();
  done();
  assert.equal(clock.waiting, 0);
  assert.equal(ended(), undefined);
});
