import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { applyMergePatch, diffMergePatch, type Json, type JsonObject } from './merge-patch.ts';

/** The examples of RFC 7396, appendix A. */
const appendixA: [Json, Json, Json][] = [
  [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
  [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
  [{ a: 'b' }, { a: null }, {}],
  [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
  [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
  [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
  [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
  [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
  [
    ['a', 'b'],
    ['c', 'd'],
    ['c', 'd'],
  ],
  [{ a: 'b' }, ['c'], ['c']],
  [{ a: 'foo' }, null, null],
  [{ a: 'foo' }, 'bar', 'bar'],
  [{ e: null }, { a: 1 }, { e: null, a: 1 }],
  [[1, 2], { a: 'b', c: null }, { a: 'b' }],
  [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
];

const leaf = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.array(fc.integer(), { maxLength: 3 }));
const key = fc.oneof(fc.constantFrom('a', 'b', 'c', '__proto__', 'constructor'), fc.string());
const object = fc.letrec<{ node: Json; object: JsonObject }>((tie) => ({
  node: fc.oneof({ depthSize: 'small' }, leaf as fc.Arbitrary<Json>, tie('object')),
  object: fc.dictionary(key, tie('node'), { maxKeys: 5, noNullPrototype: true }) as fc.Arbitrary<JsonObject>,
})).object;

describe('JSON merge patch', () => {
  it('does what the RFC’s examples say', () => {
    for (const [target, patch, result] of appendixA) assert.deepEqual(applyMergePatch(target, patch), result);
  });

  it('turns the one into the other by their difference', () => {
    fc.assert(
      fc.property(object, object, (from, to) => {
        const patch = diffMergePatch(from, to);
        assert.deepEqual(patch === undefined ? from : applyMergePatch(from, patch), to);
      }),
    );
  });

  it('finds no difference between equals', () => {
    fc.assert(
      fc.property(object, (value) => assert.equal(diffMergePatch(value, structuredClone(value)), undefined)),
    );
  });

  it('leaves the prototype alone', () => {
    applyMergePatch({}, JSON.parse('{"__proto__":{"polluted":true}}'));
    assert.equal(({} as { polluted?: boolean }).polluted, undefined);
  });
});
