import { modelSpec } from '@skerry/contracts';
import fc from 'fast-check';
import { signatureOf } from '../serving/signature.ts';
import { type Datatype, elementCount } from '../tensors/tensor.ts';

/** A model that takes numbers, large integers, texts and booleans. */
export const model = signatureOf({
  name: 'mixed',
  version: '1',
  spec: modelSpec.parse({}),
  inputs: [
    { name: 'pixels', datatype: 'FP32', shape: [-1, 3] },
    { name: 'ids', datatype: 'INT64', shape: [-1] },
    { name: 'texts', datatype: 'BYTES', shape: [-1, 1] },
    { name: 'flags', datatype: 'BOOL', shape: [2] },
  ],
  outputs: [
    { name: 'scores', datatype: 'FP32', shape: [-1, 10] },
    { name: 'label', datatype: 'BYTES', shape: [-1] },
  ],
  leftOut: [],
});

/** An input of a request. */
export interface Input {
  readonly name: string;
  readonly datatype: Datatype;
  readonly shape: number[];
  /** As JSON has it. */
  readonly data: readonly unknown[];
}

const elements = {
  FP32: fc.float({ noNaN: true, noDefaultInfinity: true }).map((value) => (Object.is(value, -0) ? 0 : value)),
  INT64: fc.maxSafeInteger(),
  BYTES: fc.string({ unit: 'grapheme' }).map((text) => text.toWellFormed()),
  BOOL: fc.boolean(),
} as const;

const inputOf = (index: number): fc.Arbitrary<Input> => {
  const { name, datatype, shape: wanted } = model.inputs[index]!;
  return fc.nat(3).chain((rows) => {
    const shape = wanted.map((size) => (size === -1 ? rows : size));
    const count = elementCount(shape);
    const element: fc.Arbitrary<unknown> = elements[datatype as keyof typeof elements];
    return fc
      .array(element, { minLength: count, maxLength: count })
      .map((data) => ({ name, datatype, shape, data }));
  });
};

const inputs = fc
  .tuple(...model.inputs.map((_, index) => inputOf(index)))
  .chain((all) => fc.shuffledSubarray(all, { minLength: all.length }));
const outputs = fc.shuffledSubarray([...model.outputNames]).map((names) => names.map((name) => ({ name })));
const parameters = fc.record(
  { priority: fc.nat(9), timeout: fc.nat(), results: fc.boolean(), custom: fc.string() },
  { requiredKeys: [] },
);
/** Requests that the model takes. */
export const requests = fc.record(
  { id: fc.string({ minLength: 1 }).map((text) => text.toWellFormed()), inputs, outputs, parameters },
  { requiredKeys: ['inputs'] },
);

export type Request = Partial<{
  id: string;
  outputs: { name: string }[];
  parameters: Record<string, unknown>;
}> & {
  inputs: Input[];
};
