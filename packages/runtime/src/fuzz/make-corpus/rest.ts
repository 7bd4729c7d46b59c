import type { OipTensor } from '@skerry/contracts';
import type { ServedModel } from '../../models/served-model.ts';
import { sampleBody } from '../../serving/sample-body.ts';
import { corpusOf, keep } from '../corpus.ts';
import { tensorBytes } from './tensor-bytes.ts';

/** Requests over REST, in the ways in which clients write them. */
export function keepRest(model: ServedModel): void {
  const target = `rest/${model.name}`;
  const { inputs } = sampleBody(model.inputs);
  const outputs = model.outputNames.map((name) => ({ name }));
  const bytes = Buffer.concat(inputs.map(tensorBytes));
  const binary = inputs.map((input) => binaryInput(input, tensorBytes(input).length));
  const header = JSON.stringify({ inputs: binary, parameters: { binary_data_output: true } });
  const mixed = [binary[0], ...inputs.slice(1)];
  const classes = outputs.map((output) => ({ ...output, parameters: { classification: 2 } }));
  const policy = { priority: 1, timeout: 5_000_000, custom: 'x' };
  keep(target, 'flat.bin', rest({ id: 'a', inputs }));
  keep(
    target,
    'nested.bin',
    rest({ inputs: inputs.map((input) => ({ ...input, data: nested(input) })), outputs }),
  );
  keep(target, 'parameters.bin', rest({ inputs, outputs: classes, parameters: policy }));
  keep(target, 'binary.bin', Buffer.concat([Buffer.from(`${header.length}\n${header}`), bytes]));
  const mixedHeader = JSON.stringify({ inputs: mixed, outputs });
  keep(
    target,
    'mixed.bin',
    Buffer.concat([Buffer.from(`${mixedHeader.length}\n${mixedHeader}`), tensorBytes(inputs[0]!)]),
  );
  keep(target, 'raw.bin', Buffer.concat([Buffer.from('0\n'), tensorBytes(inputs[0]!)]));
}

function nested({ data, shape }: Pick<OipTensor, 'data' | 'shape'>): unknown {
  const [size = 1, ...rest] = shape;
  if (rest.length === 0) return data;
  const each = data.length / size;
  return Array.from({ length: size }, (_, i) =>
    nested({ data: data.slice(i * each, (i + 1) * each), shape: rest }),
  );
}

function rest(body: object): Buffer {
  return Buffer.from(`\n${JSON.stringify(body)}`);
}

function binaryInput({ data: _, ...input }: OipTensor, size: number) {
  return { ...input, parameters: { binary_data_size: size } };
}

/** A picture as the element of a tensor, as text. */
export function keepRestPicture(): void {
  const [photo] = corpusOf('picture/digits_cnn') as [Buffer];
  const image = { name: 'image', datatype: 'BYTES', shape: [1], data: [photo.toString('base64')] };
  keep('rest/digits_cnn', 'picture.bin', rest({ inputs: [image], parameters: { results: true } }));
}
