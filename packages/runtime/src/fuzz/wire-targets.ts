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
import type { InferRequest, WireAnswer } from '../serving/wire.ts';
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
      return answer(model, request, (outputs) => {
        const { text } = restWire.write(model, request, outputs);
        assert.ok(JSON.parse(text).outputs.length > 0);
      });
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
      return answer(model, request, (outputs) => {
        const { binary }: WireAnswer = grpcWire.write(model, request, outputs);
        assert.ok(binary[0]!.length > 0);
      });
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

type Outputs = ReturnType<NonNullable<ServedModel['inline']>['run']>;

/** Runs what was read, as long as the model itself would not take long. */
function answer(model: ServedModel, request: InferRequest, write: (outputs: Outputs) => void): string {
  const rows = request.feeds.reduce((most, { shape }) => Math.max(most, shape[0] ?? 1), 0);
  if (request.encoded || rows > MOST_ROWS) return 'read';
  write(model.inline!.run(request.feeds, request.wanted));
  return 'answered';
}
