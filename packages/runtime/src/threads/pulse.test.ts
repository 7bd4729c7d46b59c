import assert from 'node:assert/strict';
import { it } from 'node:test';
import { manualClock } from '@skerry/kit/testing';
import { pulseIn, startBeating, watchPulse } from './pulse.ts';

it('is lost when a thread does not beat for ten seconds, and told once', async () => {
  const clock = manualClock();
  const pulse = pulseIn();
  let hung = 0;
  const stopBeating = startBeating(clock, pulse);
  const stopWatching = watchPulse(clock, pulse, () => hung++);
  await clock.advance(60_000);
  assert.equal(hung, 0);
  stopBeating();
  await clock.advance(9_000);
  assert.equal(hung, 0);
  await clock.advance(60_000);
  assert.equal(hung, 1);
  stopWatching();
});

it('counts the connections that are open', () => {
  const pulse = pulseIn();
  pulse.opened();
  pulse.opened();
  pulse.closed();
  assert.equal(pulse.connections, 1);
});
