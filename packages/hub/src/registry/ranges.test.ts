import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseContentRange, parseRange } from './ranges.ts';

test('ranges of RFC 9110 §14.1.2', () => {
  assert.deepEqual(parseRange('bytes=0-499', 10_000), { start: 0, end: 499 });
  assert.deepEqual(parseRange('bytes=9500-', 10_000), { start: 9500, end: 9999 });
  assert.deepEqual(parseRange('bytes=-500', 10_000), { start: 9500, end: 9999 });
  assert.deepEqual(parseRange('bytes=-500', 100), { start: 0, end: 99 });
  assert.deepEqual(parseRange('bytes=0-99999', 100), { start: 0, end: 99 });
  assert.equal(parseRange('bytes=100-', 100), 'unsatisfiable');
  assert.equal(parseRange('bytes=-0', 100), 'unsatisfiable');
});

test('what is no single range is ignored', () => {
  for (const header of [
    undefined,
    '',
    'bytes=',
    'bytes=-',
    'bytes=5-1',
    'bytes=0-1,3-4',
    'items=0-1',
    'bytes=a-',
  ])
    assert.equal(parseRange(header, 100), undefined, header);
});

test('a range never leaves the content, whatever the header', () => {
  fc.assert(
    fc.property(fc.nat(), fc.nat(), fc.nat(1000), (from, to, size) => {
      const range = parseRange(`bytes=${from}-${to}`, size);
      if (range === undefined || range === 'unsatisfiable') return;
      assert.ok(range.start <= range.end && range.end < size);
    }),
  );
});

test('a chunk says where it lies', () => {
  assert.deepEqual(parseContentRange('0-4194303'), { start: 0, end: 4194303 });
  assert.equal(parseContentRange('5-4'), undefined);
  assert.equal(parseContentRange('bytes 0-4/5'), undefined);
});
