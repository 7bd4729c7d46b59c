import { failure } from '../../errors.ts';
import { jsonText, parseJson } from '../../http/json.ts';
import { InexactInteger } from '../../tensors/fill.ts';
import { readData } from '../../tensors/read-data.ts';
import { elementCount, shapeText, type Tensor } from '../../tensors/tensor.ts';
import { checkWanted, completeFeeds, inputSlot, type Signature } from '../signature.ts';
import type { InferRequest, Memory, WireBody } from '../wire.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Reads the JSON body of an inference (OIP v2, REST). Throws `InvalidRequest` and `InvalidTensor`. */
export function readInferRequest(model: Signature, { bytes }: WireBody, memory: Memory): InferRequest {
  const text = jsonText(bytes);
  try {
    return readRequest(model, parseJson(text), bytes.length, memory);
  } catch (error) {
    if (!(error instanceof InexactInteger)) throw error;
    return readRequest(model, parseJson(text, keepDigits), bytes.length, memory);
  }
}

const plainly = {
  encoded: false,
  classes: undefined,
  binary: undefined,
  results: false,
  priority: 0,
  timeoutUs: 0,
};

// 64-bit integers beyond 2^53 are read from their own digits; JSON.parse alone would round them.
const keepDigits = (_key: string, value: unknown, { source }: { source?: string }) =>
  typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value)
    ? BigInt(source !== undefined && /^-?\d+$/.test(source) ? source : value)
    : value;

function readRequest(model: Signature, json: unknown, bodyBytes: number, memory: Memory): InferRequest {
  if (!isFields(json)) throw failure('InvalidRequest', 'the body must be a JSON object with inputs');
  const { id, inputs, outputs } = json;
  if (id !== undefined && typeof id !== 'string') throw failure('InvalidRequest', 'id must be a string');
  if (!Array.isArray(inputs)) throw failure('InvalidRequest', 'inputs must be a list of tensors');
  if (json.parameters !== undefined) refuseBinary('the request', json.parameters);
  const feeds: (Tensor | undefined)[] = [];
  for (let i = 0; i < inputs.length; i++) readInput(model, inputs[i], i, bodyBytes, memory, feeds);
  return {
    id,
    feeds: completeFeeds(model, feeds),
    wanted: outputs === undefined ? model.outputNames : readWanted(model, outputs),
    ...plainly,
  };
}

function readInput(
  model: Signature,
  input: unknown,
  at: number,
  bodyBytes: number,
  memory: Memory,
  feeds: (Tensor | undefined)[],
): void {
  if (!isFields(input) || typeof input.name !== 'string')
    throw failure('InvalidRequest', `inputs[${at}] must be an object with name, shape, datatype and data`);
  const { name, shape, data } = input;
  if (input.parameters !== undefined) refuseBinary(`input ${name}`, input.parameters);
  if (!isShape(shape))
    throw failure('InvalidTensor', `input ${name}: shape must be a list of sizes, such as [1,16]`);
  const slot = inputSlot(model, name, input.datatype, shape);
  if (feeds[slot]) throw failure('InvalidTensor', `input ${name} is given twice`);
  const { datatype } = model.inputs[slot]!;
  if (data === undefined) throw failure('InvalidTensor', `input ${name}: data is missing`);
  const target = memory(slot, countOf(name, shape, bodyBytes));
  readData(name, datatype, shape, data, target);
  feeds[slot] = { datatype, shape, data: target };
}

// Memory follows what the body can hold (an element takes a byte at least), never what a shape promises.
function countOf(name: string, shape: readonly number[], bodyBytes: number): number {
  const count = elementCount(shape);
  if (count > bodyBytes)
    throw failure(
      'InvalidTensor',
      `input ${name}: shape ${shapeText(shape)} has ${count} elements, more than the body holds`,
    );
  return count;
}

function readWanted(model: Signature, outputs: unknown): readonly string[] {
  if (!Array.isArray(outputs)) throw failure('InvalidRequest', 'outputs must be a list of objects with name');
  const names = outputs.map((output, at) => {
    if (!isFields(output) || typeof output.name !== 'string')
      throw failure('InvalidRequest', `outputs[${at}] must be an object with name`);
    if (output.parameters !== undefined) refuseBinary(`output ${output.name}`, output.parameters);
    return output.name;
  });
  checkWanted(model, names);
  return names.length === 0 ? model.outputNames : names;
}

// Clients of Triton ask for binary tensors by parameter; an answer in JSON would be misread.
function refuseBinary(whose: string, parameters: unknown): void {
  if (!isFields(parameters)) throw failure('InvalidRequest', `${whose}: parameters must be an object`);
  for (const key of ['binary_data', 'binary_data_output', 'binary_data_size', 'classification'])
    if (parameters[key])
      throw failure(
        'InvalidRequest',
        `${whose}: the parameter ${key} is not served here; tensors travel as JSON`,
      );
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isShape(shape: unknown): shape is number[] {
  if (!Array.isArray(shape)) return false;
  for (let i = 0; i < shape.length; i++)
    if (!Number.isSafeInteger(shape[i]) || (shape[i] as number) < 0) return false;
  return true;
}
