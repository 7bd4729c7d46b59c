import type { ClassificationOutput, DetectionOutput, ModelSpec, RegressionOutput } from '@skerry/contracts';
import type { Session } from '../engines/engine.ts';
import { failure } from '../errors.ts';
import { shapeText, type TensorSpec } from '../tensors/tensor.ts';
import { isByBox, valuesPerBox } from './detection-source.ts';
import { planOf } from './plan.ts';

/** Checks that what model.yaml says of pictures and meanings fits the model's tensors. Throws `InvalidFile`. */
export function checkMeaning(spec: ModelSpec, { inputs, outputs }: Session): void {
  for (const [name, { image }] of Object.entries(spec.inputs)) {
    const input = tensorNamed(inputs, name, 'inputs');
    if (image) planOf(input, image);
  }
  for (const [name, { classification, detection, regression }] of Object.entries(spec.outputs)) {
    const output = tensorNamed(outputs, name, 'outputs');
    if (classification) checkClassification(output, classification);
    if (detection) checkDetection(output, detection, outputs);
    if (regression) checkRegression(output, regression);
  }
}

function tensorNamed(specs: readonly TensorSpec[], name: string, what: 'inputs' | 'outputs'): TensorSpec {
  const found = specs.find((spec) => spec.name === name);
  if (found) return found;
  const there = specs.map((spec) => spec.name).join(', ');
  throw failure('InvalidFile', `model.yaml: spec.${what} has ${name}, but the model's ${what} are ${there}`);
}

function checkClassification(output: TensorSpec, { labels }: ClassificationOutput): void {
  checkNumeric(output, 'classification');
  const classes = elementsPerRow(output);
  if (classes === undefined || classes === labels.length) return;
  throw unfit(output, `has ${labels.length} labels, but the model gives ${classes} scores`);
}

function checkRegression(output: TensorSpec, { labels }: RegressionOutput): void {
  checkNumeric(output, 'regression');
  const values = elementsPerRow(output);
  if (!labels || values === undefined || values === labels.length) return;
  throw unfit(output, `has ${labels.length} labels, but the model gives ${values} values`);
}

function checkDetection(output: TensorSpec, spec: DetectionOutput, outputs: readonly TensorSpec[]): void {
  checkNumeric(output, 'detection');
  for (const part of ['scores', 'classes', 'count'] as const)
    if (spec[part] !== undefined)
      checkNumeric(tensorNamed(outputs, spec[part], 'outputs'), `detection.${part}`);
  if (spec.scores === undefined) isByBox(output.name, output.shape, valuesPerBox(spec));
  else if (output.shape.at(-1) !== 4 && output.shape.at(-1) !== -1)
    throw unfit(
      output,
      `is a detection with scores apart, but its boxes ${shapeText(output.shape)} have not four values`,
    );
}

function checkNumeric(output: TensorSpec, what: string): void {
  if (output.datatype === 'BYTES' || output.datatype === 'BOOL')
    throw unfit(output, `has ${what}, but the output is ${output.datatype}, not numbers`);
}

/** Undefined where the shape leaves it open; the first of several axes is the batch. */
function elementsPerRow({ shape }: TensorSpec): number | undefined {
  const sizes = shape.length > 1 ? shape.slice(1) : shape;
  if (sizes.length === 0 || sizes.includes(-1)) return undefined;
  return sizes.reduce((product, size) => product * size, 1);
}

const unfit = ({ name }: TensorSpec, why: string) =>
  failure('InvalidFile', `model.yaml: spec.outputs.${name} ${why}`);
