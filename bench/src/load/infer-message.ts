import { PbfReader, PbfWriter } from 'pbf';

/** The path of `ModelInfer` of the Open Inference Protocol. */
export const modelInferPath = '/inference.GRPCInferenceService/ModelInfer';

/** One FP32 input, little-endian, in `raw_input_contents`. */
export interface InferMessage {
  readonly model: string;
  readonly input: string;
  readonly shape: readonly number[];
  readonly raw: Uint8Array;
}

/** The bytes of a `ModelInferRequest`. */
export function writeInferRequest({ model, input, shape, raw }: InferMessage): Uint8Array {
  const message = new PbfWriter();
  message.writeStringField(1, model);
  message.writeMessage(
    5,
    (_, tensor) => {
      tensor.writeStringField(1, input);
      tensor.writeStringField(2, 'FP32');
      tensor.writePackedVarint(3, [...shape]);
    },
    undefined,
  );
  message.writeBytesField(7, raw);
  return message.finish();
}

/** A `ModelInferRequest` taken apart as far as {@link writeInferRequest} fills it. */
export function readInferRequest(bytes: Uint8Array): InferMessage {
  const message = { model: '', input: '', shape: [] as number[], raw: new Uint8Array() as Uint8Array };
  return new PbfReader(bytes).readFields((tag, into, reader) => {
    if (tag === 1) into.model = reader.readString();
    else if (tag === 5) reader.readMessage(readTensor, into);
    else if (tag === 7) into.raw = reader.readBytes();
  }, message);
}

function readTensor(tag: number, into: { input: string; shape: number[] }, reader: PbfReader): void {
  if (tag === 1) into.input = reader.readString();
  else if (tag === 3) reader.readPackedVarint(into.shape);
}
