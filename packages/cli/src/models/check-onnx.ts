import { type OnnxFile, type OnnxValue, readOnnxFile } from '@skerry/contracts';
import { didYouMean } from '@skerry/kit';
import { failure } from '../errors.ts';
import type { ModelPlace } from './find-files.ts';

/** What an ONNX file says of itself. Throws `ModelNotOnnx`, also for a file that was cut. */
export function checkOnnx(content: Uint8Array, path: string): OnnxFile {
  const reading = readOnnxFile(content);
  if (reading.ok) return reading.file;
  throw failure('ModelNotOnnx', `${path} is not an ONNX model: ${reading.why}`);
}

/** Outputs that no tensor protocol can carry, as warnings. Throws `ModelOutputNotTensor` when nothing is left to serve. */
export function warnOfOutputs({ outputs }: OnnxFile, path: string): string[] {
  const others = outputs.filter(({ kind }) => kind !== 'tensor');
  if (others.length > 0 && others.length === outputs.length)
    throw failure(
      'ModelOutputNotTensor',
      `${path} has no output that is a tensor: ${others.map(describe).join(', ')}`,
    );
  return others.map(
    (output) =>
      `output ${describe(output)} is no tensor and will not be served; ` +
      'export with options={"zipmap": False} (skl2onnx) to get it',
  );
}

const describe = ({ name, kind }: OnnxValue) => `“${name}” (a ${kind})`;

/** The names in model.yaml have to be the file's own. Throws `InvalidFile` with the place and the nearest name. */
export function checkCard({ card, onnx }: ModelPlace, { inputs, outputs }: OnnxFile): void {
  if (!card) return;
  for (const [key, values] of [['inputs', inputs] as const, ['outputs', outputs] as const]) {
    const known = values.map(({ name }) => name);
    for (const name of Object.keys(card.value.spec[key])) {
      if (known.includes(name)) continue;
      const { name: file, line, column } = card.placeOf(['spec', key, name]);
      const what = `${onnx} has no ${key.slice(0, -1)} “${name}”${didYouMean(name, known)}`;
      throw failure('InvalidFile', `${file}:${line}:${column}: spec.${key}.${name}: ${what}`);
    }
  }
}
