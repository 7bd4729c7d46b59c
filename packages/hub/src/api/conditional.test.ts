import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isSkerryError } from '@skerry/kit';
import { checkPreconditions, entityTag, isUnchanged, preconditionsOf } from './conditional.ts';

const tag = entityTag({ id: 'a', generation: 2 });
const fails = (headers: Record<string, string>, current?: string) =>
  assert.throws(
    () => checkPreconditions(preconditionsOf(headers), current),
    (error) => isSkerryError(error, 'PreconditionFailed'),
  );
const holds = (headers: Record<string, string>, current?: string) =>
  checkPreconditions(preconditionsOf(headers), current);

test('preconditions of RFC 9110 §13.1', () => {
  holds({}, tag);
  holds({});
  holds({ 'if-match': '"x", "a.2"' }, tag);
  holds({ 'if-match': '*' }, tag);
  fails({ 'if-match': '"a.1"' }, tag);
  fails({ 'if-match': '*' });
  fails({ 'if-match': '"a.2"' });
  holds({ 'if-none-match': '*' });
  fails({ 'if-none-match': '*' }, tag);
  fails({ 'if-none-match': '"a.2"' }, tag);
  holds({ 'if-none-match': '"a.1"' }, tag);
});

test('a tag that is none matches nothing', () => {
  fails({ 'if-match': 'a.2' }, tag);
  fails({ 'if-match': '' }, tag);
});

test('a reader’s tag is compared weakly', () => {
  assert.ok(isUnchanged(preconditionsOf({ 'if-none-match': 'W/"a.2"' }), tag));
  assert.ok(!isUnchanged(preconditionsOf({ 'if-none-match': '"a.1"' }), tag));
  assert.ok(!isUnchanged(preconditionsOf({}), tag));
});
