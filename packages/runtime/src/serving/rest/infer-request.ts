import { failure } from '../../errors.ts';
import { jsonText, parseJson } from '../../http/json.ts';
import { pictureRequest } from '../../pictures/picture-request.ts';
import { InexactInteger } from '../../tensors/fill.ts';
import type { Tensor } from '../../tensors/tensor.ts';
import { isFields } from '../fields.ts';
import { allOutputs, readOutputs } from '../request-outputs.ts';
import { readParameters } from '../request-parameters.ts';
import { completeFeeds, type Signature } from '../signature.ts';
import type { InferRequest, Memory, WireBody } from '../wire.ts';
import { readRawRequest } from './raw-request.ts';
import { readInput } from './request-inputs.ts';

/**
 * Reads the body of an inference: JSON (OIP v2, REST), perhaps with binary tensors behind it (extension
 * binary_tensor_data), or a bare picture. Throws `InvalidRequest`, `InvalidTensor`, `ModelOutputNotTensor` and, for a
 * picture, `UnsupportedMediaType`.
 */
export function readInferRequest(model: Signature, body: WireBody, memory: Memory): InferRequest {
  const { bytes, headerLength, media } = body;
  if (media.startsWith('image/')) return { ...pictureRequest(model, bytes), resultsOnly: true };
  if (headerLength === 0) return readRawRequest(model, bytes, memory);
  const text = jsonText(jsonPart(body));
  try {
    return readRequest(model, parseJson(text), bytes, headerLength, memory);
  } catch (error) {
    if (!(error instanceof InexactInteger)) throw error;
    return readRequest(model, parseJson(text, keepDigits), bytes, headerLength, memory);
  }
}

function jsonPart({ bytes, headerLength }: WireBody): Uint8Array {
  if (headerLength === undefined) return bytes;
  if (headerLength <= bytes.length) return bytes.subarray(0, headerLength);
  throw failure(
    'InvalidRequest',
    `Inference-Header-Content-Length is ${headerLength}, but the body has ${bytes.length} bytes`,
  );
}

// 64-bit integers beyond 2^53 are read from their own digits; JSON.parse alone would round them.
const keepDigits = (_key: string, value: unknown, { source }: { source?: string }) =>
  typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value)
    ? BigInt(source !== undefined && /^-?\d+$/.test(source) ? source : value)
    : value;

function readRequest(
  model: Signature,
  json: unknown,
  body: Uint8Array,
  headerLength: number | undefined,
  memory: Memory,
): InferRequest {
  if (!isFields(json)) throw failure('InvalidRequest', 'the body must be a JSON object with inputs');
  const { id, inputs, outputs } = json;
  if (id !== undefined && typeof id !== 'string') throw failure('InvalidRequest', 'id must be a string');
  if (!Array.isArray(inputs)) throw failure('InvalidRequest', 'inputs must be a list of tensors');
  const { priority, timeoutUs, results, binaryOutput } = readParameters(json);
  const feeds: (Tensor | undefined)[] = [];
  const reader = { model, memory, body, binaryAt: headerLength ?? body.length, encoded: false };
  for (let i = 0; i < inputs.length; i++) readInput(reader, inputs[i], i, feeds);
  if (reader.binaryAt !== body.length)
    throw failure(
      'InvalidRequest',
      `${body.length - reader.binaryAt} bytes behind the JSON belong to no input`,
    );
  const { wanted, classes, binary } =
    outputs === undefined ? allOutputs(model, binaryOutput) : readOutputs(model, outputs, binaryOutput);
  return {
    id,
    feeds: completeFeeds(model, feeds),
    wanted,
    encoded: reader.encoded,
    classes,
    binary,
    results,
    priority,
    timeoutUs,
  };
}
