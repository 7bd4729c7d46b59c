import { failure } from '../errors.ts';
import { isPictureInput, type Signature } from '../serving/signature.ts';
import type { InferRequest } from '../serving/wire.ts';
import { meaningfulOutputs, noMeaning } from './results.ts';

/**
 * The request that a bare picture stands for: that of a model with one input, for its results in words.
 * Throws `UnsupportedMediaType` when the model takes no picture, `InvalidRequest` when its outputs have no meaning.
 */
export function pictureRequest(model: Signature, bytes: Uint8Array): InferRequest {
  const [input, ...others] = model.inputs;
  if (!input || others.length > 0 || !isPictureInput(model, input.name)) throw takesNoPicture(model);
  const wanted = meaningfulOutputs(model);
  if (wanted.length === 0) throw noMeaning(model);
  return {
    id: undefined,
    feeds: [{ datatype: 'BYTES', shape: [1], data: [bytes] }],
    wanted,
    encoded: true,
    classes: undefined,
    binary: undefined,
    results: true,
    priority: 0,
    timeoutUs: 0,
  };
}

/** Whether {@link pictureRequest} makes a request of a picture for this model. */
export function takesBarePicture(model: Signature): boolean {
  const [input, ...others] = model.inputs;
  if (!input || others.length > 0) return false;
  return isPictureInput(model, input.name) && meaningfulOutputs(model).length > 0;
}

function takesNoPicture({ name, inputs }: Signature) {
  const why =
    inputs.length === 1
      ? `its model.yaml has no spec.inputs.${inputs[0]!.name}.image`
      : `it has ${inputs.length} inputs, and a picture fills one`;
  return failure('UnsupportedMediaType', `model ${name} takes no bare picture: ${why}`);
}
