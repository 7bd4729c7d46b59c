import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { memoryDisk } from '../testing/memory-disk.ts';
import { type Dropped, gapsIn, readDropped, withDropped, writeDropped } from './dropped.ts';

const reason = fc.constantFrom('quota' as const, 'expired' as const);
const lengths = fc.array(fc.tuple(fc.integer({ min: 1, max: 50 }), reason), { minLength: 1, maxLength: 60 });

/** Ranges one behind the other, from 1 on. */
function rangesOf(parts: readonly (readonly [number, Dropped['reason']])[]): Dropped[] {
  let next = 1;
  return parts.map(([length, why]) => {
    const first = next;
    next += length;
    return { first, last: next - 1, reason: why };
  });
}

test('however many are given up, the notices cover just them, and are few', () => {
  fc.assert(
    fc.property(lengths, (parts) => {
      const given = rangesOf(parts);
      const notices = given.reduce<Dropped[]>(withDropped, []);
      assert.ok(notices.length <= 12);
      assert.equal(notices[0]?.first, 1);
      assert.equal(notices.at(-1)?.last, given.at(-1)?.last);
      for (const [index, { first }] of notices.slice(1).entries())
        assert.equal(first, notices[index]!.last + 1);
    }),
  );
});

test('what is given up once more after a power cut changes nothing', () => {
  const notices = withDropped([], { first: 1, last: 10, reason: 'quota' });
  assert.deepEqual(withDropped(notices, { first: 1, last: 10, reason: 'expired' }), notices);
});

test('notices before numbers that the reader freed have arrived, and go', () => {
  const notices = withDropped([], { first: 1, last: 10, reason: 'quota' });
  assert.deepEqual(withDropped(notices, { first: 31, last: 40, reason: 'expired' }), [
    { first: 31, last: 40, reason: 'expired' },
  ]);
});

test('gaps are told by notice, and what no notice covers is told otherwise', () => {
  const notices: Dropped[] = [
    { first: 5, last: 9, reason: 'expired' },
    { first: 10, last: 20, reason: 'quota' },
  ];
  assert.deepEqual(gapsIn(notices, 3, 25, 'missing'), [
    { first: 3, last: 4, reason: 'missing' },
    { first: 5, last: 9, reason: 'expired' },
    { first: 10, last: 20, reason: 'quota' },
    { first: 21, last: 25, reason: 'missing' },
  ]);
  assert.deepEqual(gapsIn(notices, 7, 12, 'missing'), [
    { first: 7, last: 9, reason: 'expired' },
    { first: 10, last: 12, reason: 'quota' },
  ]);
  assert.deepEqual(gapsIn([], 7, 7, 'corrupt'), [{ first: 7, last: 7, reason: 'corrupt' }]);
});

test('only the notices of this very stream count', async () => {
  const disk = memoryDisk();
  await disk.makeFolder('f');
  assert.deepEqual(await readDropped(disk, 'f', 'a'), []);
  const ranges = rangesOf([[3, 'quota']]);
  await writeDropped(disk, 'f', 'a', ranges);
  assert.deepEqual(await readDropped(disk, 'f', 'a'), ranges);
  assert.deepEqual(await readDropped(disk, 'f', 'b'), []);
  await disk.writeAtomic('f/dropped.json', 'none of it');
  assert.deepEqual(await readDropped(disk, 'f', 'a'), []);
});
