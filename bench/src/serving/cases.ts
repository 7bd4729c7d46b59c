import { join } from 'node:path';
import { projectFolder } from '@skerry/testkit';
import type { InferMessage } from '../load/infer-message.ts';

/** A model, and a request of one row of it. */
export interface Case {
  readonly name: string;
  readonly file: string;
  readonly input: string;
  readonly shape: readonly number[];
}

const inBench = (name: string) => join(projectFolder, `bench/models/${name}.onnx`);

export const mlp: Case = { name: 'mlp_tiny', file: inBench('mlp_tiny'), input: 'x', shape: [1, 16] };
export const digits: Case = {
  name: 'digits_cnn',
  file: join(projectFolder, 'examples/meter-reading/model/digits_cnn.onnx'),
  input: 'image',
  shape: [1, 1, 8, 8],
};
const picture = { input: 'input', shape: [1, 3, 224, 224] };
export const mobilenet: Case = {
  name: 'mobilenet_v3_small',
  file: inBench('mobilenet_v3_small'),
  ...picture,
};
export const squeezenet: Case = { name: 'squeezenet1_1', file: inBench('squeezenet1_1'), ...picture };

/** Seventeen values over and over, each exact in few digits, so that JSON of it is of the usual length. */
export function valuesOf({ shape }: Case): number[] {
  const size = shape.reduce((product, length) => product * length, 1);
  return Array.from({ length: size }, (_, i) => (i % 17) / 16);
}

/** A body of JSON alone. */
export function jsonBody(one: Case): { readonly body: Uint8Array } {
  const { input: name, shape } = one;
  const body = JSON.stringify({ inputs: [{ name, shape, datatype: 'FP32', data: valuesOf(one) }] });
  return { body: Buffer.from(body) };
}

/** A body whose tensor is bytes (OIP, binary tensor extension), which also asks for bytes. */
export function binaryBody(one: Case, parameters: Readonly<Record<string, number>> = {}) {
  const raw = rawOf(one);
  const { input: name, shape } = one;
  const tensor = { name, shape, datatype: 'FP32', parameters: { binary_data_size: raw.length } };
  const head = Buffer.from(
    JSON.stringify({ inputs: [tensor], parameters: { ...parameters, binary_data_output: true } }),
  );
  return {
    headers: {
      'Content-Type': 'application/octet-stream',
      'Inference-Header-Content-Length': String(head.length),
    },
    body: Buffer.concat([head, raw]),
  };
}

export function inferMessage(one: Case): InferMessage {
  return { model: one.name, input: one.input, shape: one.shape, raw: rawOf(one) };
}

function rawOf(one: Case): Buffer {
  return Buffer.from(Float32Array.from(valuesOf(one)).buffer);
}
