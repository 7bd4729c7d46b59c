import type { Session } from '../engines/engine.ts';
import { failure } from '../errors.ts';
import { readData } from '../tensors/read-data.ts';
import { elementCount, newData, type Tensor } from '../tensors/tensor.ts';
import type { NamedCase } from './acceptance-cases.ts';
import { type Classifier, classify } from './classification.ts';

/** The tensors of a case, in the order of the session's inputs. Throws `InvalidFile` or `InvalidTensor`. */
export function caseFeeds(session: Session, { name, inputs }: NamedCase): Tensor[] {
  return session.inputs.map((spec) => {
    const data = inputs[spec.name];
    if (data === undefined)
      throw failure('InvalidFile', `acceptance case ${name} lacks the input ${spec.name}`);
    return tensorOf(spec.name, spec.datatype, data);
  });
}

function tensorOf(name: string, datatype: Tensor['datatype'], data: unknown): Tensor {
  const shape = shapeOf(data);
  const target = newData(datatype, elementCount(shape));
  readData(name, datatype, shape, data, target);
  return { datatype, shape, data: target };
}

function shapeOf(data: unknown): number[] {
  return Array.isArray(data) ? [data.length, ...shapeOf(data[0])] : [];
}

/** What a case found wrong, as people read it; undefined when it passed. */
export function runCase(
  session: Session,
  oneCase: NamedCase,
  tolerance: number,
  classifier: Classifier | undefined,
): string | undefined {
  const names = session.outputs.map(({ name }) => name);
  const outputs = session.run(caseFeeds(session, oneCase), names);
  const byName = new Map(names.map((name, i) => [name, outputs[i]!]));
  return labelFault(oneCase, classifier, byName) ?? outputFault(oneCase, tolerance, byName);
}

type Outputs = ReadonlyMap<string, Tensor>;

function labelFault(
  { label }: NamedCase,
  classifier: Classifier | undefined,
  outputs: Outputs,
): string | undefined {
  if (label === undefined) return undefined;
  if (!classifier)
    throw failure('InvalidFile', 'a case expects a label, but model.yaml calls no output a classification');
  const got = classify(classifier, outputs.get(classifier.output)!);
  return got.label === label
    ? undefined
    : `got ${got.label} (${got.confidence.toFixed(2)}), expected ${label}`;
}

function outputFault(
  { name, outputs = {} }: NamedCase,
  tolerance: number,
  actual: Outputs,
): string | undefined {
  for (const [output, data] of Object.entries(outputs)) {
    const got = actual.get(output);
    if (!got)
      throw failure(
        'InvalidFile',
        `acceptance case ${name} expects ${output}, which the model does not give`,
      );
    const fault = tensorFault(got, tensorOf(output, got.datatype, data), tolerance);
    if (fault) return `${output}${fault}`;
  }
  return undefined;
}

function tensorFault(got: Tensor, expected: Tensor, tolerance: number): string | undefined {
  if (got.shape.join() !== expected.shape.join())
    return ` has shape [${got.shape.join(',')}], expected [${expected.shape.join(',')}]`;
  let worst = -1;
  let most = 0;
  for (let i = 0; i < got.data.length; i++) {
    const off = difference(got.data[i]!, expected.data[i]!);
    if (off > tolerance && off > most) [worst, most] = [i, off];
  }
  if (worst === -1) return undefined;
  return `, element ${worst}: got ${shown(got.data[worst]!)}, expected ${shown(expected.data[worst]!)} ± ${tolerance}`;
}

type Element = number | bigint | string | Uint8Array;

// NaN is never close to anything, and a string is either right or wrong.
function difference(got: Element, expected: Element): number {
  if (got === expected) return 0;
  if (typeof got === 'string' || typeof expected === 'string') return Number.POSITIVE_INFINITY;
  const off = Math.abs(Number(got) - Number(expected));
  return Number.isNaN(off) ? Number.POSITIVE_INFINITY : off;
}

const shown = (value: Element) => (typeof value === 'number' ? Number(value.toPrecision(5)) : value);
