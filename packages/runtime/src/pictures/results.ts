import type { DetectionOutput, ModelOutput } from '@skerry/contracts';
import { failure } from '../errors.ts';
import { type RankedClass, rankClasses } from '../models/classification.ts';
import type { Signature } from '../serving/signature.ts';
import type { Tensor } from '../tensors/tensor.ts';
import { type Detection, detect } from './detect.ts';
import { type DetectionSource, sourcesOfMany, sourcesOfOne } from './detection-source.ts';
import type { Placement, Size } from './placement.ts';
import { planOf } from './plan.ts';
import { type Quantity, quantitiesOf } from './regression.ts';

/** What an output says of one row. */
export type Result = readonly RankedClass[] | readonly Detection[] | readonly Quantity[];

/** What the outputs say of one row, by their names. */
export type RowResults = Readonly<Record<string, Result>>;

/** The outputs that model.yaml gives a meaning, and those that belong to them, each once. */
export function meaningfulOutputs({ spec }: Pick<Signature, 'spec'>): string[] {
  const names = Object.entries(spec.outputs).flatMap(([name, { classification, detection, regression }]) => {
    if (detection) return [name, detection.scores, detection.classes, detection.count];
    return classification || regression ? [name] : [];
  });
  return [...new Set(names.filter((name) => name !== undefined))];
}

/**
 * Outputs in words, one object a row (a picture, or a row of the batch). `outputs` stand in the order of `wanted`;
 * `placements` are those of the decoded pictures, none where the request brought tensors.
 * Throws `InvalidRequest` when model.yaml gives no wanted output a meaning, or an output that belongs to one is not
 * wanted.
 */
export function resultsOf(
  model: Signature,
  wanted: readonly string[],
  outputs: readonly Tensor[],
  placements: readonly Placement[] = [],
): RowResults[] {
  const tensors = new Map(wanted.map((name, i) => [name, outputs[i]!]));
  const columns = Object.entries(model.spec.outputs).flatMap(([name, meaning]) => {
    const column = tensors.has(name) ? columnOf(model, name, meaning, tensors, placements) : undefined;
    return column ? [{ name, column }] : [];
  });
  if (columns.length === 0) throw noMeaning(model);
  const rows = Math.max(...columns.map(({ column }) => column.length));
  return Array.from({ length: rows }, (_, row) =>
    Object.fromEntries(columns.map(({ name, column }) => [name, column[row] ?? []])),
  );
}

/** One output's results, row by row; undefined when it has no meaning. */
function columnOf(
  model: Signature,
  name: string,
  { classification, detection, regression }: ModelOutput,
  tensors: ReadonlyMap<string, Tensor>,
  placements: readonly Placement[],
): Result[] | undefined {
  const tensor = tensors.get(name)!;
  if (classification)
    return rowsOf(tensor).map((row) => rankClasses(classification, row, classification.top).map(readable));
  if (regression) return quantitiesOf(regression, tensor);
  if (!detection) return undefined;
  const canvas = canvasOf(model);
  return sourcesOf(name, detection, tensors).map((source, row) =>
    detect(detection, source, { canvas: placements[row]?.canvas ?? canvas, placement: placements[row] }).map(
      readable,
    ),
  );
}

/** Scores row by row; a list is one row. */
function rowsOf({ shape, data }: Tensor): ArrayLike<number>[] {
  const rows = shape.length > 1 ? shape[0]! : 1;
  const each = data.length / rows;
  const scores = data as Float32Array;
  return Array.from({ length: rows }, (_, row) => scores.subarray(row * each, (row + 1) * each));
}

function sourcesOf(
  name: string,
  spec: DetectionOutput,
  tensors: ReadonlyMap<string, Tensor>,
): DetectionSource[] {
  const boxes = tensors.get(name)!;
  if (spec.scores === undefined) return sourcesOfOne(name, spec, boxes);
  const partOf = (part: string) => {
    const tensor = tensors.get(part);
    if (tensor) return tensor;
    throw failure('InvalidRequest', `the results of ${name} need the output ${part}, which is not asked for`);
  };
  return sourcesOfMany(name, {
    boxes,
    scores: partOf(spec.scores),
    classes: spec.classes === undefined ? undefined : partOf(spec.classes),
    count: spec.count === undefined ? undefined : partOf(spec.count),
  });
}

/** What the model sees of a picture, where its own shape or model.yaml says so. */
function canvasOf({ spec, inputs }: Signature): Size | undefined {
  const seeing = inputs.find(({ name }) => spec.inputs[name]?.image);
  return seeing && planOf(seeing, spec.inputs[seeing.name]!.image!).canvas;
}

const readable = <T extends { readonly confidence: number }>(seen: T): T => ({
  ...seen,
  confidence: Math.round(seen.confidence * 10_000) / 10_000,
});

/** For a model whose outputs nobody gave a meaning. */
export const noMeaning = ({ name }: Pick<Signature, 'name'>) =>
  failure(
    'InvalidRequest',
    `model ${name} has no results in words: in its model.yaml, spec.outputs says of no wanted output what it means`,
    { next: 'Add classification, detection or regression to an output in model.yaml, or ask for tensors.' },
  );
