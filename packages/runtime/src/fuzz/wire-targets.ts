import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { modelSpec } from '@skerry/contracts';
import { nodeClock } from '@skerry/kit/node';
import type { Engine } from '../engines/engine.ts';
import { inlineModel, type ServedModel } from '../models/served-model.ts';
import { decodePictures } from '../pictures/decode.ts';
import { pictureRequest } from '../pictures/picture-request.ts';
import { grpcWire } from '../serving/grpc/grpc-wire.ts';
import { modelOf } from '../serving/grpc/infer-head.ts';
import { headerLengthOf } from '../serving/rest/body-head.ts';
import { restWire } from '../serving/rest/rest-wire.ts';
import type { InferRequest, Wire, WireAnswer } from '../serving/wire.ts';
import type { Target } from './target.ts';

const files = {
  mlp_tiny: 'models/mlp_tiny.onnx',
  digits_cnn: 'models/digits_cnn.onnx',
  datatypes: 'fixtures/datatypes.onnx',
  dynamic: 'fixtures/dynamic.onnx',
  scalars: 'fixtures/scalars.onnx',
  words: 'fixtures/words.onnx',
} as const;
export type FuzzedModel = keyof typeof files;
export const fuzzedModels = Object.keys(files) as FuzzedModel[];

const MOST_ROWS = 4_096;
const picturesOfDigits = {
  inputs: { image: { image: {} } },
  outputs: { probabilities: { classification: { labels: [...'0123456789'] } } },
};

/** A model of the tests' own, on this thread. `digits_cnn` takes pictures too. */
export function openFuzzed(engine: Engine, name: FuzzedModel): ServedModel {
  const session = engine.open(fileURLToPath(new URL(`../../test/${files[name]}`, import.meta.url)));
  const spec = modelSpec.parse(name === 'digits_cnn' ? picturesOfDigits : {});
  return inlineModel({ name, version: '1', digest: '' }, spec, session, nodeClock());
}

/** A body over REST, in its first line `Inference-Header-Content-Length`, or nothing where the header is not there. */
export function restTarget(model: ServedModel): Target {
  return {
    name: `rest/${model.name}`,
    run(input) {
      const end = input.indexOf('\n');
      const jsonLength = input.toString('latin1', 0, Math.max(0, end)) || undefined;
      const headerLength = headerLengthOf({ jsonLength } as Parameters<typeof headerLengthOf>[0]);
      const body = { bytes: input.subarray(end + 1), headerLength, media: 'application/json' };
      const request = restWire.read(model, body, model.inline!.scratch);
      return answer(model, restWire, request);
    },
  };
}

/** A `ModelInferRequest`. */
export function grpcTarget(model: ServedModel): Target {
  return {
    name: `grpc/${model.name}`,
    run(bytes) {
      modelOf(bytes);
      const body = { bytes, headerLength: undefined, media: '' };
      const request = grpcWire.read(model, body, model.inline!.scratch);
      return answer(model, grpcWire, request);
    },
  };
}

/** A picture as the whole body. */
export function pictureTarget(model: ServedModel): Target {
  return {
    name: `picture/${model.name}`,
    async run(bytes) {
      const { feeds } = await decodePictures(model, pictureRequest(model, bytes).feeds);
      model.inline!.run(feeds, model.outputNames);
      return 'decoded';
    },
  };
}

/** Decodes and runs what was read, as long as the model itself would not take long, and writes the answer. */
function answer(model: ServedModel, wire: Wire, request: InferRequest): string | Promise<string> {
  if (request.encoded) return answerPictures(model, wire, request);
  const rows = request.feeds.reduce((most, { shape }) => Math.max(most, shape[0] ?? 1), 0);
  if (rows > MOST_ROWS) return 'read';
  check(wire.write(model, request, model.inline!.run(request.feeds, request.wanted)));
  return 'answered';
}

async function answerPictures(model: ServedModel, wire: Wire, request: InferRequest): Promise<string> {
  const { feeds, placements } = await decodePictures(model, request.feeds);
  check(wire.write(model, request, model.inline!.run(feeds, request.wanted), placements));
  return 'answered with pictures';
}

function check({ text, binary }: WireAnswer): void {
  if (text !== '') assert.ok(JSON.parse(text).outputs.length > 0);
  else assert.ok(binary[0]!.length > 0);
}
