import assert from 'node:assert/strict';
import { it } from 'node:test';
import { modelSpec, oipDatatypes } from '@skerry/contracts';
import fc from 'fast-check';
import type { Session } from '../engines/engine.ts';
import { servedModel } from '../models/served-model.ts';
import { elementCount } from '../tensors/tensor.ts';
import { readInferRequest } from './rest/infer-request.ts';
import { sampleBody } from './sample-body.ts';

const spec = fc.record({
  name: fc.string({ minLength: 1 }),
  datatype: fc.constantFrom(...oipDatatypes),
  shape: fc.array(fc.integer({ min: -1, max: 4 }), { maxLength: 4 }),
});

it('makes a body that the parser takes, for the inputs of any model', () => {
  fc.assert(
    fc.property(fc.uniqueArray(spec, { selector: ({ name }) => name, maxLength: 5 }), (inputs) => {
      const session: Session = { inputs, outputs: [], leftOut: [], run: () => [], close: () => {} };
      const clock = { monotonic: () => 0 } as never;
      const model = servedModel(
        { name: 'any', version: '1', digest: '' },
        modelSpec.parse({}),
        session,
        clock,
      );
      const { feeds } = readInferRequest(model, Buffer.from(JSON.stringify(sampleBody(inputs))));
      for (const [i, { datatype, shape, data }] of feeds.entries()) {
        assert.equal(datatype, inputs[i]!.datatype);
        assert.equal(data.length, elementCount(shape));
      }
    }),
  );
});
