import type { Clock } from '@skerry/kit';
import { failure } from '../../errors.ts';
import { classifierOf, classify } from '../../models/classification.ts';
import type { ModelTable } from '../../models/model-table.ts';
import type { ServedModel } from '../../models/served-model.ts';
import type { Tensor } from '../../tensors/tensor.ts';
import type { Answer, Stage } from '../frame.ts';
import { imageFeed } from './image-feed.ts';

/** Asks the version of `model` that serves at that moment. Throws `ModelNotFound`, `ModelNotReady`, `FrameInvalid`. */
export function inferStage(models: ModelTable, clock: Clock, model: string): Stage {
  return async (work) => {
    const serving = models.find(model);
    const [spec] = serving.inputs;
    if (!spec || serving.inputs.length > 1)
      throw failure(
        'FrameInvalid',
        `model ${model} has ${serving.inputs.length} inputs; a frame fills exactly one`,
      );
    const feed = imageFeed(spec, work.image!, serving.spec.inputs[spec.name]?.scale ?? 1);
    const began = clock.monotonic();
    const outputs = await run(serving, [feed]);
    work.answer = answerOf(serving, outputs, (clock.monotonic() - began) * 1000);
  };
}

function run({ inline, remote, outputNames }: ServedModel, feeds: Tensor[]): Tensor[] | Promise<Tensor[]> {
  return inline ? inline.run(feeds, outputNames) : remote!.run(feeds, outputNames);
}

/** Decimal places of a confidence. A score of 32 bits has no more; written as a double it would look as if it had. */
const CONFIDENCE_SCALE = 1e6;

function answerOf(model: ServedModel, outputs: readonly Tensor[], latencyUs: number): Answer {
  const classifier = classifierOf(model.spec);
  const scores = classifier && outputs[model.outputNames.indexOf(classifier.output)];
  const classified = classifier && scores && classify(classifier, scores);
  return {
    ...(classified && {
      label: classified.label,
      confidence: Math.round(classified.confidence * CONFIDENCE_SCALE) / CONFIDENCE_SCALE,
    }),
    outputs: Object.fromEntries(model.outputNames.map((name, i) => [name, jsonOf(outputs[i]!)])),
    model: { name: model.name, version: model.version, ...(model.digest !== '' && { digest: model.digest }) },
    latencyUs: Math.round(latencyUs),
  };
}

// Digits of a 64-bit integer as text, since not every reader of JSON keeps them all.
const jsonOf = ({ data }: Tensor) =>
  Array.from(data as ArrayLike<unknown>, (value) => (typeof value === 'bigint' ? String(value) : value));
