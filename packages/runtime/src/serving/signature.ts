import type { ModelSpec } from '@skerry/contracts';
import { failure } from '../errors.ts';
import { shown } from '../tensors/shown.ts';
import { elementCount, shapeText, type Tensor, type TensorSpec } from '../tensors/tensor.ts';

/** What a model takes and gives: all that reading a request and writing an answer needs, the same on every thread. */
export interface Signature {
  readonly name: string;
  readonly version: string;
  readonly spec: ModelSpec;
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  readonly outputNames: readonly string[];
  /** Outputs that are no tensors and are not served. */
  readonly leftOut: readonly string[];
  /** Elements of an input in a request, at most. */
  readonly elementLimit?: number | undefined;
  /** Position of an input in `inputs`; -1 where there is none of that name. */
  inputIndex(name: string): number;
}

/** As it travels between threads. */
export type PlainSignature = Omit<Signature, 'outputNames' | 'inputIndex'>;

export function signatureOf(plain: PlainSignature): Signature {
  const { name, version, spec, inputs, outputs, leftOut, elementLimit } = plain;
  const indexes = new Map(inputs.map((input, index) => [input.name, index]));
  return {
    name,
    version,
    spec,
    inputs,
    outputs,
    leftOut,
    elementLimit,
    outputNames: outputs.map((output) => output.name),
    inputIndex: (input) => indexes.get(input) ?? -1,
  };
}

/**
 * The position of a tensor that came in among the model's inputs. BYTES pass for what model.yaml calls a picture,
 * whose shape whoever decodes it checks. Throws `InvalidTensor`.
 */
export function inputSlot(
  model: Signature,
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
  if (model.elementLimit !== undefined) checkSize(name, shape, model.elementLimit);
  if (datatype === 'BYTES' && datatype !== spec.datatype && isPictureInput(model, name)) return slot;
  if (datatype !== spec.datatype)
    throw failure(
      'InvalidTensor',
      `input ${name}: datatype must be ${spec.datatype}, not ${shown(datatype)}`,
    );
  if (!fits(spec.shape, shape))
    throw failure(
      'InvalidTensor',
      `input ${name}: shape must be ${shapeText(spec.shape)}, not ${shapeText(shape)}`,
    );
  return slot;
}

function checkSize(name: string, shape: readonly number[], limit: number): void {
  const count = elementCount(shape);
  if (count <= limit) return;
  throw failure(
    'PayloadTooLarge',
    `input ${name}: shape ${shapeText(shape)} has ${count} elements, more than ${limit}, the limit here`,
    { fields: { limit }, next: 'Send less at once, or raise --tensor-limit of the runtime.' },
  );
}

/** Throws `InvalidTensor` when an input is missing. */
export function completeFeeds(model: Signature, feeds: readonly (Tensor | undefined)[]): readonly Tensor[] {
  for (let i = 0; i < model.inputs.length; i++)
    if (feeds[i] === undefined)
      throw failure(
        'InvalidTensor',
        `input ${model.inputs[i]!.name} is missing; model ${model.name} takes ${listOf(model.inputs)}`,
      );
  return feeds as readonly Tensor[];
}

/** Throws `InvalidTensor` for an output that the model does not have, `ModelOutputNotTensor` for one left out. */
export function checkWanted(model: Signature, names: readonly string[]): void {
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

/** Whether an input may be fed with encoded pictures. */
export function isPictureInput({ spec }: Pick<Signature, 'spec'>, name: string): boolean {
  return Object.hasOwn(spec.inputs, name) && spec.inputs[name]!.image !== undefined;
}

function fits(wanted: readonly number[], actual: readonly number[]): boolean {
  if (wanted.length !== actual.length) return false;
  for (let i = 0; i < wanted.length; i++) if (wanted[i] !== -1 && wanted[i] !== actual[i]) return false;
  return true;
}

const listOf = (specs: readonly TensorSpec[]) =>
  specs.map(({ name, datatype, shape }) => `${name} (${datatype} ${shapeText(shape)})`).join(', ');
