import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Json } from '@skerry/contracts';
import fc from 'fast-check';
import { deviceChange, difference } from './difference.ts';

const states = fc.letrec<{ value: Json; fields: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.integer(),
    fc.string(),
    fc.array(fc.integer(), { maxLength: 2 }),
    tie('fields'),
  ) as fc.Arbitrary<Json>,
  fields: fc.dictionary(fc.constantFrom('a', 'b', 'c/d', '~'), tie('value'), {
    noNullPrototype: true,
    maxKeys: 3,
  }) as fc.Arbitrary<Json>,
})).fields;

test('nothing differs from itself', () => {
  fc.assert(fc.property(states, (state) => assert.deepEqual(difference(state, state), [])));
});

test('the way back is the way there, turned round', () => {
  const turned = fc.property(states, states, (a, b) => {
    const there = difference(a, b).map(({ pointer, before, after }) => ({
      pointer,
      before: after,
      after: before,
    }));
    const back = difference(b, a).map(({ pointer, before, after }) => ({ pointer, before, after }));
    assert.deepEqual(there, back);
  });
  fc.assert(turned);
});

test('each field is named by its pointer', () => {
  const before = '{"models":{"digits":{"version":"1"}},"pipelines":{}}';
  const after = '{"models":{"digits":{"version":"2"}},"pipelines":{"a/b":{"stages":[1]}}}';
  assert.deepEqual(deviceChange({ deviceId: 'i', device: 'shop', before, after }), {
    device: 'shop',
    changes: [
      { pointer: '/models/digits/version', before: '1', after: '2' },
      { pointer: '/pipelines/a~1b/stages', after: [1] },
    ],
  });
});
