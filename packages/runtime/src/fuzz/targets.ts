import { openOnnxEngine } from '../engines/onnx-engine.ts';
import { corpusOf } from './corpus.ts';
import { encodingTarget, messageTarget } from './other-targets.ts';
import { type FuzzedTarget, fuzzed } from './run.ts';
import { fuzzedModels, grpcTarget, openFuzzed, pictureTarget, restTarget } from './wire-targets.ts';

/** Every parser that sees bytes of a client, in this process, with its part of the corpus. */
export async function openTargets(): Promise<FuzzedTarget[]> {
  const engine = await openOnnxEngine();
  const models = fuzzedModels.map((name) => openFuzzed(engine, name));
  const targets = [
    ...models.flatMap((model) => [restTarget(model), grpcTarget(model)]),
    ...models.filter(({ name }) => name === 'digits_cnn').map(pictureTarget),
    encodingTarget('gzip'),
    encodingTarget('deflate'),
    messageTarget('ModelReadyRequest'),
    messageTarget('RepositoryModelLoadRequest'),
    messageTarget('RepositoryIndexRequest'),
  ];
  return targets.map((target) => fuzzed(target, corpusOf(target.name)));
}
