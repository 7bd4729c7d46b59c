import type { DetectionOutput } from '@skerry/contracts';
import { failure } from '../errors.ts';
import { shapeText, type Tensor } from '../tensors/tensor.ts';

/** Numbers of a tensor by box and, within a box, by value. */
export interface Grid {
  readonly data: ArrayLike<number | bigint>;
  readonly offset: number;
  /** From a box to the next. */
  readonly boxStep: number;
  /** From a value of a box to the next. */
  readonly valueStep: number;
}

/** Where the numbers of one picture's boxes stand, whichever way the model was exported. */
export interface DetectionSource {
  readonly count: number;
  /** Four values a box. */
  readonly boxes: Grid;
  /** One value a box where there are `classes`, else one a class. */
  readonly scores: Grid;
  readonly scoresPerBox: number;
  readonly objectness: Grid | undefined;
  readonly classes: Grid | undefined;
}

export const gridAt = ({ data, offset, boxStep, valueStep }: Grid, box: number, value: number) =>
  Number(data[offset + box * boxStep + value * valueStep]);

/** Numbers that one box takes where one output holds everything. */
export function valuesPerBox({ values, labels }: DetectionOutput): number {
  if (values === 'score-class') return 6;
  return (values === 'scores' ? 4 : 5) + labels.length;
}

/**
 * Whether the last axis of a shape, or the one before it, goes through the values of a box; free sizes fit.
 * Throws `InvalidFile` when neither does.
 */
export function isByBox(name: string, shape: readonly number[], values: number): boolean {
  const isRank = shape.length === 2 || shape.length === 3;
  const [first, last] = shape.slice(-2);
  for (const size of [values, -1]) if (isRank && (last === size || first === size)) return last === size;
  throw unfit(name, `makes ${values} values a box, which no axis of ${shapeText(shape)} has`);
}

/** One source a picture, of an output that holds everything. Throws `InvalidFile`. */
export function sourcesOfOne(
  name: string,
  spec: DetectionOutput,
  { data, shape }: Tensor,
): DetectionSource[] {
  const values = valuesPerBox(spec);
  const lastIsValue = isByBox(name, shape, values);
  const count = shape.at(lastIsValue ? -2 : -1)!;
  const steps = lastIsValue ? { boxStep: values, valueStep: 1 } : { boxStep: 1, valueStep: count };
  const hasClass = spec.values === 'score-class';
  const hasObjectness = spec.values === 'objectness-scores';
  return Array.from({ length: rowsOf(shape) }, (_, row) => {
    const offset = row * count * values;
    const from = (value: number) => ({
      data: data as ArrayLike<number>,
      offset: offset + value * steps.valueStep,
      ...steps,
    });
    return {
      count,
      boxes: from(0),
      scores: from(hasObjectness ? 5 : 4),
      scoresPerBox: hasClass ? 1 : spec.labels.length,
      objectness: hasObjectness ? from(4) : undefined,
      classes: hasClass ? from(5) : undefined,
    };
  });
}

/** The outputs of a model that gives boxes, scores and classes apart. */
export interface DetectionTensors {
  readonly boxes: Tensor;
  readonly scores: Tensor;
  readonly classes: Tensor | undefined;
  readonly count: Tensor | undefined;
}

/** One source a picture, of outputs that belong together. Throws `InvalidFile`. */
export function sourcesOfMany(name: string, tensors: DetectionTensors): DetectionSource[] {
  const { boxes, scores, classes, count } = tensors;
  const rows = rowsOf(boxes.shape);
  const most = boxes.data.length / 4 / rows;
  const scoresPerBox = most === 0 ? 1 : scores.data.length / rows / most;
  const classesPerBox = classes && most > 0 ? classes.data.length / rows / most : 1;
  if (!Number.isInteger(most) || !Number.isInteger(scoresPerBox) || scoresPerBox < 1 || classesPerBox !== 1)
    throw unfit(
      name,
      `needs four values and as many scores and classes a box, but got boxes ${shapeText(boxes.shape)}, scores ${shapeText(scores.shape)}${classes ? `, classes ${shapeText(classes.shape)}` : ''}`,
    );
  if (classes && scoresPerBox !== 1)
    throw unfit(name, `has classes, but ${scoresPerBox} scores a box, which say the class already`);
  const gridOf = ({ data }: Tensor, row: number, values: number): Grid => ({
    data: data as ArrayLike<number>,
    offset: row * most * values,
    boxStep: values,
    valueStep: 1,
  });
  return Array.from({ length: rows }, (_, row) => ({
    count: count ? Math.max(0, Math.min(most, Number(count.data[row] ?? 0))) : most,
    boxes: gridOf(boxes, row, 4),
    scores: gridOf(scores, row, scoresPerBox),
    scoresPerBox,
    objectness: undefined,
    classes: classes && gridOf(classes, row, 1),
  }));
}

const rowsOf = (shape: readonly number[]) => (shape.length > 2 ? shape[0]! : 1);

const unfit = (name: string, why: string) =>
  failure('InvalidFile', `model.yaml: spec.outputs.${name}.detection ${why}`);
