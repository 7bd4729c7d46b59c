import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { describeError, isSkerryError, SkerryError, toSkerryError } from './errors.ts';

const cause = new Error('ECONNREFUSED');
const error = new SkerryError({ code: 'HubAway', detail: 'no answer', next: 'Wait.', cause });

test('carries what failed, why, and what to do', () => {
  assert.equal(error.message, 'no answer');
  assert.deepEqual([error.title, error.status, error.cause], ['Hub away', 500, cause]);
  assert.equal(isSkerryError(error, 'HubAway'), true);
  assert.equal(isSkerryError(error, 'Other'), false);
  assert.equal(isSkerryError(cause), false);
});

test('what is not ours becomes so, its cause kept; what is stays itself', () => {
  const fallback = { code: 'Internal', detail: 'something broke', next: 'Report it.' };
  assert.equal(toSkerryError(error, fallback), error);
  const wrapped = toSkerryError('oops', fallback);
  assert.deepEqual([wrapped.code, wrapped.cause], ['Internal', 'oops']);
});

test('is described with its causes, each said once', () => {
  assert.equal(describeError(error), 'no answer: ECONNREFUSED');
  assert.equal(describeError(new Error('a', { cause: new Error('a', { cause: 'b' }) })), 'a: b');
  assert.equal(describeError(undefined), '');
  const parsed = z.object({ until: z.object({ at: z.number() }) }).safeParse({ until: { at: 'noon' } });
  const invalid = new Error('the file is damaged', { cause: parsed.error });
  assert.match(describeError(invalid), /^the file is damaged: until\.at: Invalid input: expected number.*$/);
  const cycle = new Error('round');
  cycle.cause = cycle;
  assert.equal(describeError(cycle), 'round');
});
