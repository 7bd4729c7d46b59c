import { failure } from '../../errors.ts';
import { readBinary } from '../../tensors/read-binary.ts';
import { newData, shapeText, type Tensor } from '../../tensors/tensor.ts';
import { refuseSharedMemory } from '../fields.ts';
import { allOutputs, readOutputs } from '../request-outputs.ts';
import { readParameters } from '../request-parameters.ts';
import { completeFeeds, inputSlot, type Signature } from '../signature.ts';
import type { InferRequest, Memory, WireBody } from '../wire.ts';
import { readContents } from './contents.ts';
import { sooner } from './infer-head.ts';
import { type Parameters, readParameter } from './parameters.ts';
import { asBuffer, malformed, ProtoReader, wireType } from './proto-reader.ts';

/** `ModelInferRequest` taken apart; its tensors are still bytes. */
interface Message {
  id: string | undefined;
  parameters: Parameters | undefined;
  readonly inputs: Input[];
  readonly outputs: Output[];
  readonly raw: Buffer[];
}

interface Input {
  name: string;
  datatype: string;
  readonly shape: number[];
  contents: ProtoReader | undefined;
}

interface Output {
  name: string;
  parameters: Parameters | undefined;
}

/** Reads a `ModelInferRequest` (OIP v2, gRPC). Throws `InvalidRequest` and `InvalidTensor`. */
export function readInferRequest(model: Signature, body: WireBody, memory: Memory): InferRequest {
  const { bytes, timeoutUs: patienceUs = 0 } = body;
  const message = readMessage(new ProtoReader(asBuffer(bytes)));
  const { inputs, outputs, raw, parameters } = message;
  if (raw.length > 0 && raw.length !== inputs.length)
    throw failure(
      'InvalidRequest',
      `raw_input_contents must hold every input or none; there are ${inputs.length} inputs and ${raw.length} contents`,
    );
  const feeds: (Tensor | undefined)[] = [];
  for (let i = 0; i < inputs.length; i++) readInput(model, inputs[i]!, raw[i], memory, feeds);
  const { priority, timeoutUs, results } = readParameters({ parameters });
  return {
    id: message.id,
    feeds: completeFeeds(model, feeds),
    ...(outputs.length === 0 ? allOutputs(model, false) : readOutputs(model, outputs, false)),
    encoded: isEncoded(model, feeds),
    results,
    priority,
    timeoutUs: sooner(timeoutUs, patienceUs),
  };
}

const isEncoded = ({ inputs }: Signature, feeds: readonly (Tensor | undefined)[]) =>
  feeds.some((feed, slot) => feed?.datatype !== inputs[slot]!.datatype);

function readMessage(reader: ProtoReader): Message {
  const message: Message = { id: undefined, parameters: undefined, inputs: [], outputs: [], raw: [] };
  while (reader.next())
    if (reader.field === 3) message.id = reader.string() || undefined;
    else if (reader.field === 4) message.parameters = readParameter(reader.message(), message.parameters);
    else if (reader.field === 5) message.inputs.push(readInputMessage(reader.message()));
    else if (reader.field === 6) message.outputs.push(readOutputMessage(reader.message()));
    else if (reader.field === 7) message.raw.push(reader.view());
    else reader.skip();
  return message;
}

function readInputMessage(reader: ProtoReader): Input {
  const input: Input = { name: '', datatype: '', shape: [], contents: undefined };
  let parameters: Parameters | undefined;
  while (reader.next())
    if (reader.field === 1) input.name = reader.string();
    else if (reader.field === 2) input.datatype = reader.string();
    else if (reader.field === 3) readShape(reader, input.shape);
    else if (reader.field === 4) parameters = readParameter(reader.message(), parameters);
    else if (reader.field === 5) input.contents = reader.message();
    else reader.skip();
  if (parameters) refuseSharedMemory(`input ${input.name}`, parameters);
  return input;
}

function readOutputMessage(reader: ProtoReader): Output {
  const output: Output = { name: '', parameters: undefined };
  while (reader.next())
    if (reader.field === 1) output.name = reader.string();
    else if (reader.field === 2) output.parameters = readParameter(reader.message(), output.parameters);
    else reader.skip();
  return output;
}

/** A `repeated int64`, packed or not. */
function readShape(reader: ProtoReader, shape: number[]): void {
  if (reader.type === wireType.varint) shape.push(reader.int());
  else if (reader.type === wireType.length)
    for (const packed = reader.message(); packed.at < packed.end; ) shape.push(packed.int());
  else throw malformed('a shape is of another type');
}

function readInput(
  model: Signature,
  { name, datatype, shape, contents }: Input,
  raw: Buffer | undefined,
  memory: Memory,
  feeds: (Tensor | undefined)[],
): void {
  for (let i = 0; i < shape.length; i++)
    if (!Number.isSafeInteger(shape[i]) || shape[i]! < 0)
      throw failure('InvalidTensor', `input ${name}: shape must be a list of sizes, not ${shapeText(shape)}`);
  const slot = inputSlot(model, name, datatype, shape);
  if (feeds[slot]) throw failure('InvalidTensor', `input ${name} is given twice`);
  // What is BYTES here and not for the model is pictures, which are decoded first.
  const of = datatype === 'BYTES' ? 'BYTES' : model.inputs[slot]!.datatype;
  const isModels = of === model.inputs[slot]!.datatype;
  const room = (count: number) => (isModels ? memory(slot, count) : newData(of, count));
  if (raw && contents)
    throw failure(
      'InvalidTensor',
      `input ${name} has contents and raw_input_contents; it must have one of them`,
    );
  if (!raw && !contents) throw failure('InvalidTensor', `input ${name}: data is missing`);
  const data = raw ? readBinary(name, of, shape, raw, room) : readContents(name, of, shape, contents!, room);
  feeds[slot] = { datatype: of, shape, data };
}
