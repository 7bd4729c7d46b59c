import type { Clock } from '@skerry/kit';
import { isSkerryError } from '@skerry/kit';
import { failure } from '../errors.ts';
import type { ServedModel } from '../models/served-model.ts';
import { shapeText, type Tensor, type TensorSpec } from '../tensors/tensor.ts';

/** A request of any protocol, its tensors read: feeds stand in the order of the model's inputs. */
export interface InferRequest {
  readonly id: string | undefined;
  readonly feeds: readonly Tensor[];
  /** Names of the outputs to answer with, in that order. */
  readonly wanted: readonly string[];
}

/**
 * One inference, whatever protocol it came by: `read` makes the request of what came in, `write` the answer of
 * the outputs. Synchronous, and counted in the model's statistics.
 */
export function infer<Answer>(
  model: ServedModel,
  clock: Clock,
  read: () => InferRequest,
  write: (request: InferRequest, outputs: readonly Tensor[]) => Answer,
): Answer {
  const { stats } = model;
  try {
    const began = clock.monotonic();
    const request = read();
    const ready = clock.monotonic();
    const outputs = model.run(request.feeds, request.wanted);
    const done = clock.monotonic();
    const answer = write(request, outputs);
    const end = clock.monotonic();
    stats.inputUs += (ready - began) * 1000;
    stats.inferUs += (done - ready) * 1000;
    stats.outputUs += (end - done) * 1000;
    stats.request.record((end - began) * 1000);
    return answer;
  } catch (error) {
    stats.failures[isSkerryError(error, 'InferenceFailed') ? 'BACKEND' : 'OTHER']++;
    throw error;
  }
}

/** The position of a tensor that came in among the model's inputs. Throws `InvalidTensor`. */
export function inputSlot(
  model: ServedModel,
  name: string,
  datatype: unknown,
  shape: readonly number[],
): number {
  const slot = model.inputIndex(name);
  if (slot === -1)
    throw failure(
      'InvalidTensor',
      `model ${model.name} has no input ${name}; it takes ${listOf(model.inputs)}`,
    );
  const spec = model.inputs[slot]!;
  if (datatype !== spec.datatype)
    throw failure(
      'InvalidTensor',
      `input ${name}: datatype must be ${spec.datatype}, not ${String(datatype)}`,
    );
  if (!fits(spec.shape, shape))
    throw failure(
      'InvalidTensor',
      `input ${name}: shape must be ${shapeText(spec.shape)}, not ${shapeText(shape)}`,
    );
  return slot;
}

/** Throws `InvalidTensor` when an input is missing. */
export function completeFeeds(model: ServedModel, feeds: readonly (Tensor | undefined)[]): readonly Tensor[] {
  for (let i = 0; i < model.inputs.length; i++)
    if (feeds[i] === undefined)
      throw failure(
        'InvalidTensor',
        `input ${model.inputs[i]!.name} is missing; model ${model.name} takes ${listOf(model.inputs)}`,
      );
  return feeds as readonly Tensor[];
}

/** Throws `InvalidTensor` for an output that the model does not have, `ModelOutputNotTensor` for one left out. */
export function checkWanted(model: ServedModel, names: readonly string[]): void {
  for (const name of names) {
    if (model.outputNames.includes(name)) continue;
    if (model.leftOut.includes(name)) throw failure('ModelOutputNotTensor', leftOutNote([name]));
    throw failure(
      'InvalidTensor',
      `model ${model.name} has no output ${name}; it gives ${model.outputNames.join(', ')}`,
    );
  }
  if (new Set(names).size !== names.length) throw failure('InvalidTensor', 'an output is asked for twice');
}

/** What to tell whoever exported a model whose outputs are not all tensors. */
export function leftOutNote(names: readonly string[]): string {
  return (
    `output ${names.join(', ')} is not a tensor and is not served; ` +
    `export with skl2onnx's options={"zipmap": False} to get it as a tensor`
  );
}

function fits(wanted: readonly number[], actual: readonly number[]): boolean {
  if (wanted.length !== actual.length) return false;
  for (let i = 0; i < wanted.length; i++) if (wanted[i] !== -1 && wanted[i] !== actual[i]) return false;
  return true;
}

const listOf = (specs: readonly TensorSpec[]) =>
  specs.map(({ name, datatype, shape }) => `${name} (${datatype} ${shapeText(shape)})`).join(', ');
