import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readInferRequest, writeInferRequest } from './infer-message.ts';

test('a request is read as it was written', () => {
  const messages = fc.record({
    model: fc.string(),
    input: fc.string(),
    shape: fc.array(fc.nat(4096)),
    raw: fc.uint8Array(),
  });
  fc.assert(
    fc.property(messages, (message) => {
      const read = readInferRequest(writeInferRequest(message));
      assert.deepEqual({ ...read, raw: Uint8Array.from(read.raw) }, { ...message });
    }),
  );
});

test('the bytes are those of the protocol', () => {
  const bytes = writeInferRequest({ model: 'm', input: 'x', shape: [1, 2], raw: Uint8Array.of(9) });
  // model_name = 1, inputs = 5 { name = 1, datatype = 2, shape = 3 }, raw_input_contents = 7
  assert.equal(Buffer.from(bytes).toString('hex'), '0a016d2a0d0a01781204465033321a0201023a0109');
});
