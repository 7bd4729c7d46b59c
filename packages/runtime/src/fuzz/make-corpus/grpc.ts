import type { OipTensor } from '@skerry/contracts';
import type { ServedModel } from '../../models/served-model.ts';
import { encode } from '../../serving/grpc/schema/codec.ts';
import { inferenceSchema } from '../../serving/grpc/schema/inference.ts';
import { sampleBody } from '../../serving/sample-body.ts';
import { writeBinary } from '../../tensors/write-binary.ts';
import { corpusOf, keep } from '../corpus.ts';
import { tensorBytes } from './tensor-bytes.ts';

/** Requests over gRPC, with tensors as bytes and as lists. */
export function keepGrpc(model: ServedModel): void {
  const target = `grpc/${model.name}`;
  const { inputs } = sampleBody(model.inputs);
  const outputs = model.outputNames.map((name) => ({
    name,
    parameters: new Map([['classification', { int64_param: 2 }]]),
  }));
  const parameters = new Map<string, object>([
    ['priority', { uint64_param: 1 }],
    ['timeout', { int64_param: 5_000_000 }],
  ]);
  const head = { model_name: model.name, model_version: '1', id: 'a', parameters };
  const heads = inputs.map(({ name, datatype, shape }) => ({ name, datatype, shape }));
  const typed = inputs
    .filter(({ datatype }) => datatype !== 'FP16')
    .map((input) => ({ ...input, data: undefined, contents: contentsOf(input) }));
  const message = (more: object) => encode(inferenceSchema, 'ModelInferRequest', { ...head, ...more });
  keep(target, 'raw.bin', message({ inputs: heads, raw_input_contents: inputs.map(tensorBytes) }));
  keep(
    target,
    'outputs.bin',
    message({ inputs: heads, outputs, raw_input_contents: inputs.map(tensorBytes) }),
  );
  keep(target, 'typed.bin', message({ inputs: typed }));
}

function contentsOf({ datatype, data }: OipTensor) {
  if (datatype === 'BYTES') return { bytes_contents: data.map((text) => Buffer.from(text as string)) };
  if (datatype === 'BOOL') return { bool_contents: data };
  if (datatype.startsWith('FP')) return { [`${datatype.toLowerCase()}_contents`]: data };
  const wide = datatype.endsWith('64') ? '64' : '';
  return { [`${datatype.startsWith('U') ? 'uint' : 'int'}${wide}_contents`]: data };
}

/** A picture as the element of a tensor, as bytes. */
export function keepGrpcPicture(): void {
  const [photo] = corpusOf('picture/digits_cnn') as [Buffer];
  const message = {
    model_name: 'digits_cnn',
    parameters: new Map([['results', { bool_param: true }]]),
    inputs: [{ name: 'image', datatype: 'BYTES', shape: [1] }],
    raw_input_contents: [Buffer.from(writeBinary('BYTES', [photo]))],
  };
  keep('grpc/digits_cnn', 'picture.bin', encode(inferenceSchema, 'ModelInferRequest', message));
}

/** Messages that are read by their schema. */
export function keepMessages(): void {
  const types = {
    ModelReadyRequest: { name: 'digits', version: '1' },
    RepositoryModelLoadRequest: {
      model_name: 'digits',
      parameters: new Map([['config', { string_param: '{}' }]]),
    },
    RepositoryIndexRequest: { repository_name: 'models', ready: true },
  };
  for (const [type, message] of Object.entries(types))
    keep(`message/${type}`, 'ordinary.bin', encode(inferenceSchema, type, message));
}
