import type { ClassificationOutput, ModelSpec } from '@skerry/contracts';
import type { Tensor } from '../tensors/tensor.ts';

/** What a classifier says of one input. */
export interface Classified {
  readonly label: string;
  /** The highest score. */
  readonly confidence: number;
}

/** One of the classes that a classifier thinks likeliest. */
export interface RankedClass extends Classified {
  /** Position of its score in the output. */
  readonly index: number;
}

/** The output that holds a score for each class, and the labels of the classes. */
export interface Classifier extends Pick<ClassificationOutput, 'labels' | 'softmax'> {
  readonly output: string;
}

/** The first output that model.yaml calls a classification. */
export function classifierOf(spec: ModelSpec): Classifier | undefined {
  for (const [output, { classification }] of Object.entries(spec.outputs))
    if (classification) return { output, ...classification };
  return undefined;
}

/** The label with the highest score among one row of scores; the first of equals. */
export function classify(classifier: Classifier, scores: Tensor): Classified {
  const [best] = rankClasses(classifier, scores.data as ArrayLike<number>, 1);
  return best
    ? { label: best.label, confidence: best.confidence }
    : { label: classifier.labels[0] ?? '0', confidence: Number.NaN };
}

/** The `top` classes with the highest scores of one row, the highest first; of equals the first. */
export function rankClasses(
  { labels, softmax }: Pick<Classifier, 'labels' | 'softmax'>,
  scores: ArrayLike<number | bigint>,
  top: number,
): RankedClass[] {
  const confidenceOf = softmax ? softmaxOf(scores) : Number;
  return highest(scores, top).map((index) => ({
    label: labels[index] ?? String(index),
    confidence: confidenceOf(scores[index]!),
    index,
  }));
}

/** Positions of the `top` highest values, the highest first; of equals the first. */
export function highest(values: ArrayLike<number | bigint>, top: number): number[] {
  const best: number[] = [];
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    let rank = best.length;
    while (rank > 0 && value > values[best[rank - 1]!]!) rank--;
    if (rank === top) continue;
    if (best.length === top) best.pop();
    best.splice(rank, 0, i);
  }
  return best;
}

function softmaxOf(scores: ArrayLike<number | bigint>): (score: number | bigint) => number {
  const most = Number(scores[highest(scores, 1)[0] ?? 0]);
  let sum = 0;
  for (let i = 0; i < scores.length; i++) sum += Math.exp(Number(scores[i]) - most);
  return (score) => Math.exp(Number(score) - most) / sum;
}
