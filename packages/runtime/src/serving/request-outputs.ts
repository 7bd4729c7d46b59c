import { failure } from '../errors.ts';
import { countIn, flagIn, isFields, parametersOf, refuseSharedMemory } from './fields.ts';
import { checkWanted, type Signature } from './signature.ts';
import type { InferRequest } from './wire.ts';

/** What to answer with, and how. */
export type Wanted = Pick<InferRequest, 'wanted' | 'classes' | 'binary'>;

/** Every output of the model, all as JSON or all as bytes. */
export function allOutputs({ outputNames }: Signature, binary: boolean): Wanted {
  const each = binary ? outputNames.map(() => true) : undefined;
  return { wanted: outputNames, classes: undefined, binary: each };
}

/**
 * Reads `outputs`, which leave out nothing where the list is empty. `binary` is what holds for those that do not say.
 * Throws `InvalidRequest`, and what {@link checkWanted} throws.
 */
export function readOutputs(model: Signature, outputs: unknown, binary: boolean): Wanted {
  if (!Array.isArray(outputs)) throw failure('InvalidRequest', 'outputs must be a list of objects with name');
  if (outputs.length === 0) return allOutputs(model, binary);
  const each = outputs.map((output, at) => readOutput(output, at, binary));
  const wanted = each.map(({ name }) => name);
  checkWanted(model, wanted);
  for (const { name, classes } of each) if (classes > 0) checkScores(model, name);
  const [classes, bytes] = [each.map((output) => output.classes), each.map((output) => output.binary)];
  return {
    wanted,
    classes: classes.some((count) => count > 0) ? classes : undefined,
    binary: bytes.includes(true) ? bytes : undefined,
  };
}

function checkScores({ outputs }: Signature, name: string): void {
  if (outputs.find((output) => output.name === name)?.datatype !== 'BYTES') return;
  throw failure(
    'InvalidTensor',
    `output ${name} is BYTES, which has no highest classes; leave out classification`,
  );
}

function readOutput(output: unknown, at: number, binary: boolean) {
  if (!isFields(output) || typeof output.name !== 'string')
    throw failure('InvalidRequest', `outputs[${at}] must be an object with name`);
  const whose = `output ${output.name}`;
  const parameters = parametersOf(whose, output);
  refuseSharedMemory(whose, parameters);
  return {
    name: output.name,
    classes: countIn(whose, parameters, 'classification') ?? 0,
    binary: flagIn(whose, parameters, 'binary_data') ?? binary,
  };
}
