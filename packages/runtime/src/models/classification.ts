import type { ModelSpec } from '@skerry/contracts';
import type { Tensor } from '../tensors/tensor.ts';

/** What a classifier says of one input. */
export interface Classified {
  readonly label: string;
  /** The highest score. */
  readonly confidence: number;
}

/** The output that holds a score for each class, and the labels of the classes. */
export interface Classifier {
  readonly output: string;
  readonly labels: readonly string[];
}

/** The first output that model.yaml calls a classification. */
export function classifierOf(spec: ModelSpec): Classifier | undefined {
  for (const [output, { classification }] of Object.entries(spec.outputs))
    if (classification) return { output, labels: classification.labels };
  return undefined;
}

/** The label with the highest score among one row of scores; the first of equals. */
export function classify({ labels }: Classifier, scores: Tensor): Classified {
  const data = scores.data as ArrayLike<number>;
  let best = 0;
  for (let i = 1; i < data.length; i++) if (data[i]! > data[best]!) best = i;
  return { label: labels[best] ?? String(best), confidence: Number(data[best]) };
}
