import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { parseTraceparent, traceparentOf } from './traceparent.ts';

const hex = (length: number) =>
  fc
    .array(fc.constantFrom(...'0123456789abcdef'), { minLength: length, maxLength: length })
    .map((digits) => digits.join(''))
    .filter((digits) => !/^0+$/.test(digits));

it('reads what it writes', () => {
  fc.assert(
    fc.property(hex(32), hex(16), fc.integer({ min: 0, max: 255 }), (traceId, spanId, flags) => {
      const parent = { traceId, spanId, flags };
      assert.deepEqual(parseTraceparent(traceparentOf(parent)), parent);
      assert.deepEqual(parseTraceparent(`cc${traceparentOf(parent).slice(2)}-more`), parent);
    }),
  );
});

it('passes over what the standard does not allow', () => {
  const [trace, span] = ['a'.repeat(32), 'b'.repeat(16)];
  for (const header of [
    undefined,
    '',
    `00-${trace}-${span}`,
    `ff-${trace}-${span}-01`,
    `00-${trace}-${span}-01-more`,
    `00-${'0'.repeat(32)}-${span}-01`,
    `00-${trace}-${'0'.repeat(16)}-01`,
    `00-${trace.toUpperCase()}-${span}-01`,
  ])
    assert.equal(parseTraceparent(header), undefined, header);
});
