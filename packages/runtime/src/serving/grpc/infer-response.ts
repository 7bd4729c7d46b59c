import { PbfWriter } from 'pbf';
import type { Placement } from '../../pictures/placement.ts';
import { resultsOf } from '../../pictures/results.ts';
import type { Tensor } from '../../tensors/tensor.ts';
import { writeBinary } from '../../tensors/write-binary.ts';
import { classified } from '../classified.ts';
import type { Signature } from '../signature.ts';
import type { InferRequest, WireAnswer } from '../wire.ts';

/** Where most answers fit without what their tensors hold. */
const HEAD_BYTES = 512;

/**
 * A `ModelInferResponse` (OIP v2, gRPC), its tensors in raw_output_contents. What the outputs mean stands as JSON in
 * the parameter `results`. Throws what {@link resultsOf} throws.
 */
export function writeInferResponse(
  model: Signature,
  request: InferRequest,
  outputs: readonly Tensor[],
  placements?: readonly Placement[],
): WireAnswer {
  const { id, wanted, results } = request;
  const head = new PbfWriter(Buffer.allocUnsafe(HEAD_BYTES));
  head.writeStringField(1, model.name);
  head.writeStringField(2, model.version);
  if (id !== undefined) head.writeStringField(3, id);
  if (results)
    head.writeMessage(4, writeResults, JSON.stringify(resultsOf(model, wanted, outputs, placements)));
  const tensors = classified(model, request, outputs);
  for (let i = 0; i < tensors.length; i++)
    head.writeMessage(5, writeOutput, { name: wanted[i]!, tensor: tensors[i]! });
  return { text: '', binary: [joined(head.finish(), tensors)] };
}

interface NamedTensor {
  readonly name: string;
  readonly tensor: Tensor;
}

function writeOutput({ name, tensor }: NamedTensor, writer: PbfWriter): void {
  writer.writeStringField(1, name);
  writer.writeStringField(2, tensor.datatype);
  writer.writePackedVarint(3, tensor.shape as number[]);
}

/** An entry of `map<string, InferParameter>`. */
function writeResults(json: string, writer: PbfWriter): void {
  writer.writeStringField(1, 'results');
  writer.writeMessage(2, (text: string, value) => value.writeStringField(3, text), json);
}

const RAW_TAG = (6 << 3) | 2;

/** The head and a raw_output_contents a tensor; what is long lies in memory of its own, with no byte too many, that may be given away. */
function joined(head: Uint8Array, tensors: readonly Tensor[]): Uint8Array {
  const raw: Uint8Array[] = [];
  let length = head.length;
  for (let i = 0; i < tensors.length; i++) {
    const bytes = writeBinary(tensors[i]!.datatype, tensors[i]!.data);
    raw.push(bytes);
    length += 1 + varintLength(bytes.length) + bytes.length;
  }
  const message = Buffer.allocUnsafe(length);
  message.set(head);
  let at = head.length;
  for (let i = 0; i < raw.length; i++) {
    message[at++] = RAW_TAG;
    at = writeVarint(message, at, raw[i]!.length);
    message.set(raw[i]!, at);
    at += raw[i]!.length;
  }
  return message;
}

function varintLength(value: number): number {
  let length = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) length++;
  return length;
}

function writeVarint(target: Uint8Array, at: number, value: number): number {
  let [to, rest] = [at, value];
  for (; rest >= 128; rest = Math.floor(rest / 128)) target[to++] = (rest % 128) | 0x80;
  target[to++] = rest;
  return to;
}
