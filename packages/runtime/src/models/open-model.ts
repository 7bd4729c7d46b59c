import type { ModelSpec } from '@skerry/contracts';
import type { Engine, Session } from '../engines/engine.ts';
import { failure } from '../errors.ts';
import type { TensorSpec } from '../tensors/tensor.ts';
import type { ModelFiles } from './model-files.ts';

/** Opens a model and checks that its model.yaml speaks of what the file has. */
export function openModel(engine: Engine, { onnx, spec }: ModelFiles): Session {
  const session = engine.open(onnx);
  try {
    checkSpec(spec, session);
    return session;
  } catch (error) {
    session.close();
    throw error;
  }
}

function checkSpec(spec: ModelSpec, { inputs, outputs }: Session): void {
  if (outputs.length === 0)
    throw failure('ModelOutputNotTensor', 'no output of the model is a tensor, so there is nothing to serve');
  for (const name of Object.keys(spec.inputs)) named(inputs, name, 'inputs');
  for (const [name, { classification }] of Object.entries(spec.outputs)) {
    const classes = named(outputs, name, 'outputs').shape.at(-1);
    if (
      !classification ||
      classes === undefined ||
      classes === -1 ||
      classes === classification.labels.length
    )
      continue;
    throw failure(
      'InvalidFile',
      `model.yaml: spec.outputs.${name} has ${classification.labels.length} labels, but the model gives ${classes} scores`,
    );
  }
}

function named(specs: readonly TensorSpec[], name: string, what: 'inputs' | 'outputs'): TensorSpec {
  const found = specs.find((spec) => spec.name === name);
  if (found) return found;
  const there = specs.map((spec) => spec.name).join(', ');
  throw failure('InvalidFile', `model.yaml: spec.${what} has ${name}, but the model's ${what} are ${there}`);
}
