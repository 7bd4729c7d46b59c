import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeTwice, encodeTwice } from './twice.ts';

const bytesOf = (text: string) => new Uint8Array(Buffer.from(text));

test('what is written is read, also with one bit flipped anywhere', () => {
  fc.assert(
    fc.property(fc.jsonValue({ noUnicodeString: false }), fc.nat(), (value, at) => {
      const bytes = bytesOf(encodeTwice({ value }));
      const expected = JSON.parse(JSON.stringify({ value }));
      assert.deepEqual(decodeTwice(bytes), expected);
      const bit = at % (8 * bytes.length);
      bytes[bit >> 3]! ^= 1 << (bit & 7);
      assert.deepEqual(decodeTwice(bytes), expected);
    }),
  );
});

test('what is damaged twice is not taken for something else', () => {
  const bytes = bytesOf(encodeTwice({ first: 1 }));
  for (const at of [14, 14 + bytes.length / 2]) bytes[at] = 0x39;
  assert.equal(decodeTwice(bytes), undefined);
});

test('the first version wrote it once, without a CRC', () => {
  assert.deepEqual(decodeTwice(bytesOf('{"first":1}')), { first: 1 });
  for (const text of ['', '{', 'nothing']) assert.equal(decodeTwice(bytesOf(text)), undefined);
});
