import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SkerryError, silentLogger } from '@skerry/kit';
import { manualClock } from '@skerry/kit/testing';
import { factKeeper } from '../state/fact-keeper.ts';
import type { AgentState } from '../state/state.ts';
import { memoryState } from '../testing/memory-state.ts';
import { trialMs, trials } from './trials.ts';
import { verdicts as keepVerdicts } from './verdicts.ts';

const one = { version: '1', digest: 'sha256:1' };
const two = { version: '2', digest: 'sha256:2' };

/** What an agent that starts on this state knows of versions. */
const verdictsOn = (state: AgentState, clock = manualClock()) =>
  keepVerdicts(state, factKeeper(state, { clock, logger: silentLogger }));

function open() {
  const clock = manualClock();
  const verdicts = verdictsOn(memoryState());
  let proven = 0;
  const onTrial = trials({ clock, verdicts, onProven: () => proven++ });
  return { clock, verdicts, onTrial, proofs: () => proven };
}

test('a version that serves long enough is proven, and suspected no more', async () => {
  const { clock, verdicts, onTrial, proofs } = open();
  onTrial.see(new Map([['digits', one]]));
  await clock.advance(trialMs + 1);
  assert.deepEqual(verdicts.proven.get('digits'), one);
  assert.equal(proofs(), 1);
  onTrial.see(new Map([['digits', one]]));
  assert.equal(onTrial.runtimeEnded(new Set(['digits'])), undefined);
});

test('a version is proven by serving, not by a load that takes long', async () => {
  const { clock, verdicts, onTrial } = open();
  verdicts.prove('digits', one);
  onTrial.begin('digits', two);
  await clock.advance(trialMs + 1);
  onTrial.see(new Map([['digits', one]]));
  assert.deepEqual(verdicts.proven.get('digits'), one);
  onTrial.failed('digits', two);
  await clock.advance(10);
  const suspect = onTrial.runtimeEnded(new Set(['digits']));
  assert.deepEqual(suspect?.version, two, 'the end is heard of after the failure of the load');
});

test('a version whose load failed is neither proven nor suspected of what comes later', async () => {
  const { clock, verdicts, onTrial } = open();
  verdicts.prove('digits', one);
  onTrial.begin('digits', two);
  onTrial.failed('digits', two);
  await clock.advance(trialMs + 1);
  assert.deepEqual(verdicts.proven.get('digits'), one);
  assert.equal(onTrial.runtimeEnded(new Set(['digits'])), undefined);
});

test('a version that is refused already draws no suspicion from another', () => {
  const { verdicts, onTrial } = open();
  verdicts.prove('faces', one);
  onTrial.begin('faces', two);
  onTrial.begin('digits', two);
  onTrial.failed('digits', two);
  verdicts.refuse('digits', two.digest, 'AcceptanceFailed', 'case seven');
  assert.equal(onTrial.runtimeEnded(new Set(['digits', 'faces']))?.model, 'faces');
});

test('the trial of a version goes on while the next is loaded, and ends once that serves', async () => {
  const { clock, verdicts, onTrial } = open();
  const three = { version: '3', digest: 'sha256:3' };
  onTrial.see(new Map([['digits', one]]));
  onTrial.begin('digits', two);
  await clock.advance(trialMs + 1);
  assert.deepEqual(verdicts.proven.get('digits'), one);
  onTrial.see(new Map([['digits', two]]));
  onTrial.see(new Map([['digits', three]]));
  await clock.advance(trialMs + 1);
  assert.deepEqual(verdicts.proven.get('digits'), three);
  assert.equal(clock.waiting, 0);
});

test('a load for which nobody waited is suspected still when the runtime ends minutes later', async () => {
  const { clock, verdicts, onTrial } = open();
  verdicts.prove('digits', one);
  const endedAfter = async (ms: number) => {
    onTrial.begin('digits', two);
    onTrial.failed('digits', two, 'abandoned');
    await clock.advance(ms);
    return onTrial.runtimeEnded(new Set(['digits']));
  };
  assert.equal((await endedAfter(4 * 60_000))?.version, two);
  assert.equal(await endedAfter(5 * 60_000), undefined);
});

test('the newest version on probation is held back when the one before can stand in for it', async () => {
  const { clock, verdicts, onTrial } = open();
  verdicts.prove('digits', one);
  verdicts.prove('faces', one);
  onTrial.begin('faces', two);
  await clock.advance(10);
  onTrial.begin('digits', two);
  assert.deepEqual(onTrial.runtimeEnded(new Set(['digits', 'faces']))?.model, 'digits');
});

test('the only version of the only model is never held back: it is better than nothing', () => {
  const { onTrial } = open();
  for (let end = 0; end < 5; end++) {
    onTrial.begin('digits', one);
    assert.equal(onTrial.runtimeEnded(new Set(['digits'])), undefined);
  }
});

test('a first version that takes others down with it is held back at the second time', () => {
  const { onTrial } = open();
  const wanted = new Set(['digits', 'faces']);
  onTrial.begin('digits', one);
  assert.equal(onTrial.runtimeEnded(wanted), undefined);
  onTrial.begin('digits', one);
  assert.equal(onTrial.runtimeEnded(wanted)?.model, 'digits');
});

test('verdicts outlive the process, and are forgotten with the versions that nobody wants', () => {
  const state = memoryState();
  const first = verdictsOn(state);
  first.refuse('digits', two.digest, 'AcceptanceFailed', 'case seven');
  first.prove('digits', one);
  const second = verdictsOn(state);
  assert.deepEqual(second.refusalOf('digits', two.digest), {
    reason: 'AcceptanceFailed',
    message: 'case seven',
  });
  second.keepOnly(new Map([['digits', two]]));
  assert.equal(second.refused.size, 1);
  assert.deepEqual(second.proven.get('digits'), one);
  second.keepOnly(new Map([['digits', one]]));
  assert.equal(verdictsOn(state).refused.size, 0);
});

test('a full disk ends no trial and no agent, and what was learnt is kept once it has room', async () => {
  const clock = manualClock();
  const state = memoryState();
  let isFull = true;
  const remember: typeof state.remember = (name, value) => {
    if (isFull) throw new SkerryError({ code: 'DiskFull', detail: 'no room', next: 'Free some.' });
    state.remember(name, value);
  };
  const verdicts = verdictsOn({ ...state, remember }, clock);
  let proofs = 0;
  const onTrial = trials({ clock, verdicts, onProven: () => proofs++ });
  onTrial.see(new Map([['digits', one]]));
  await clock.advance(trialMs + 1);
  assert.deepEqual([verdicts.proven.get('digits'), proofs], [one, 1]);
  verdicts.refuse('digits', two.digest, 'RuntimeEnded', 'it took all with it');
  assert.equal(verdicts.refused.size, 1);
  assert.equal(verdictsOn(state).proven.size, 0);

  isFull = false;
  await clock.advance(60_000);
  const after = verdictsOn(state);
  assert.deepEqual([...after.proven.keys(), after.refused.size], ['digits', 1]);
});
