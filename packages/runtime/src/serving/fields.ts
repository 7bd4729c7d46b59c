import { failure } from '../errors.ts';

/** A JSON object. */
export type Fields = Readonly<Record<string, unknown>>;

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const none: Fields = {};

/** The member `parameters` of `whose`, a part of the body. Throws `InvalidRequest`. */
export function parametersOf(whose: string, { parameters }: Fields): Fields {
  if (parameters === undefined) return none;
  if (isFields(parameters)) return parameters;
  throw failure('InvalidRequest', `${whose}: parameters must be an object`);
}

/** A parameter that is true or false; undefined where it is left out. Throws `InvalidRequest`. */
export function flagIn(whose: string, parameters: Fields, key: string): boolean | undefined {
  const value = parameters[key];
  if (value === undefined || typeof value === 'boolean') return value;
  throw failure('InvalidRequest', `${whose}: the parameter ${key} must be true or false`);
}

/** A parameter that is a whole number from 0 on; undefined where it is left out. Throws `InvalidRequest`. */
export function countIn(whose: string, parameters: Fields, key: string): number | undefined {
  const value = parameters[key];
  if (value === undefined || (Number.isSafeInteger(value) && (value as number) >= 0)) return value as number;
  throw failure('InvalidRequest', `${whose}: the parameter ${key} must be a whole number from 0 on`);
}

const SHARED_MEMORY = 'shared_memory_region';

/** Throws `InvalidRequest` for what would be misread if it were passed over. */
export function refuseSharedMemory(whose: string, parameters: Fields): void {
  if (parameters[SHARED_MEMORY] !== undefined)
    throw failure('InvalidRequest', `${whose}: shared memory is not served here; send tensors in the body`);
}
