import assert from 'node:assert/strict';
import { it } from 'node:test';
import { modelSpec, oipDatatypes } from '@skerry/contracts';
import fc from 'fast-check';
import { elementCount, newData } from '../tensors/tensor.ts';
import { readInferRequest } from './rest/infer-request.ts';
import { sampleBody } from './sample-body.ts';
import { signatureOf } from './signature.ts';

const spec = fc.record({
  name: fc.string({ minLength: 1 }),
  datatype: fc.constantFrom(...oipDatatypes),
  shape: fc.array(fc.integer({ min: -1, max: 4 }), { maxLength: 4 }),
});

it('makes a body that the parser takes, for the inputs of any model', () => {
  fc.assert(
    fc.property(fc.uniqueArray(spec, { selector: ({ name }) => name, maxLength: 5 }), (inputs) => {
      const plain = {
        name: 'any',
        version: '1',
        spec: modelSpec.parse({}),
        inputs,
        outputs: [],
        leftOut: [],
      };
      const bytes = Buffer.from(JSON.stringify(sampleBody(inputs)));
      const { feeds } = readInferRequest(
        signatureOf(plain),
        { bytes, headerLength: undefined, media: 'application/json' },
        (input, count) => newData(inputs[input]!.datatype, count),
      );
      for (const [i, { datatype, shape, data }] of feeds.entries()) {
        assert.equal(datatype, inputs[i]!.datatype);
        assert.equal(data.length, elementCount(shape));
      }
    }),
  );
});
