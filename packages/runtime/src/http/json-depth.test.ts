import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { nestsDeeperThan } from './json-depth.ts';

const depthOf = (value: unknown): number =>
  typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0;

it('agrees with the depth of any JSON value, brackets in strings left aside', () => {
  const text = fc.string({ unit: fc.constantFrom('[', '{', ']', '}', '"', '\\', 'a') });
  const value = fc.jsonValue({ maxDepth: 8, depthSize: 'large', stringUnit: 'binary' });
  fc.assert(
    fc.property(
      fc.oneof(value, fc.array(text), fc.dictionary(text, value)),
      fc.integer({ min: 0, max: 9 }),
      (json, limit) => {
        assert.equal(nestsDeeperThan(limit, Buffer.from(JSON.stringify(json))), depthOf(json) > limit);
      },
    ),
  );
});

it('sees a thousand lists in each other, closed or not', () => {
  assert.equal(nestsDeeperThan(128, Buffer.from('['.repeat(1000))), true);
  assert.equal(nestsDeeperThan(128, Buffer.from('{"a":'.repeat(1000) + '}'.repeat(1000))), true);
  assert.equal(nestsDeeperThan(128, Buffer.from(`[${'[],'.repeat(1000)}[]]`)), false);
});
