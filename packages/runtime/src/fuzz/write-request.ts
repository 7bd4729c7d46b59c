import { grpcWire } from '../serving/grpc/grpc-wire.ts';
import { encode } from '../serving/grpc/schema/codec.ts';
import { inferenceSchema } from '../serving/grpc/schema/inference.ts';
import { restWire } from '../serving/rest/rest-wire.ts';
import type { InferRequest } from '../serving/wire.ts';
import { newData, type TensorData } from '../tensors/tensor.ts';
import { writeBinary } from '../tensors/write-binary.ts';
import { type Input, model, type Request } from './any-request.ts';

const memory = (input: number, count: number) => newData(model.inputs[input]!.datatype, count);

const typed = ({ datatype, data }: Input): TensorData => {
  if (datatype === 'BYTES') return data.map((text) => Buffer.from(text as string));
  const target = newData(datatype, data.length);
  for (const [i, value] of data.entries())
    (target as unknown[])[i] = datatype === 'INT64' ? BigInt(value as number) : Number(value);
  return target;
};
/** As it stands in binary requests. */
export const bytesOf = (input: Input) => Buffer.from(writeBinary(input.datatype, typed(input)));

/** The elements as lists of lists. */
export function nested(data: readonly unknown[], [size = 1, ...rest]: readonly number[]): unknown {
  if (rest.length === 0) return data;
  const each = data.length / size || 0;
  return Array.from({ length: size }, (_, i) => nested(data.slice(i * each, (i + 1) * each), rest));
}

export const readRest = (text: string, headerLength?: number, binary = Buffer.alloc(0)) =>
  restWire.read(
    model,
    { bytes: Buffer.concat([Buffer.from(text), binary]), headerLength, media: 'application/json' },
    memory,
  );

export function readBinaryRest(request: Request): InferRequest {
  const heads = request.inputs.map((input) => {
    const { data: _, ...head } = input;
    return { ...head, parameters: { binary_data_size: bytesOf(input).length } };
  });
  const text = JSON.stringify({ ...request, inputs: heads });
  return readRest(text, Buffer.byteLength(text), Buffer.concat(request.inputs.map(bytesOf)));
}

export function readGrpc(request: Request): InferRequest {
  const parameterOf = (value: unknown) =>
    typeof value === 'number'
      ? { int64_param: value }
      : { [typeof value === 'boolean' ? 'bool_param' : 'string_param']: value };
  const given = Object.entries(request.parameters ?? {});
  const message = {
    ...request,
    model_name: model.name,
    parameters: new Map(given.map(([key, value]) => [key, parameterOf(value)])),
    inputs: request.inputs.map(({ name, datatype, shape }) => ({ name, datatype, shape })),
    raw_input_contents: request.inputs.map(bytesOf),
  };
  const bytes = encode(inferenceSchema, 'ModelInferRequest', message);
  return grpcWire.read(model, { bytes, headerLength: undefined, media: '' }, memory);
}
