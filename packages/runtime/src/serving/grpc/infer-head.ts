import { type Parameters, readParameter } from './parameters.ts';
import { ProtoReader } from './proto-reader.ts';

/** What of a `ModelInferRequest` says where it goes and when it must be there. */
export interface InferHead {
  readonly name: string;
  /** Empty where it is not said. */
  readonly version: string;
  /** 0 where it is not said. */
  readonly timeoutUs: number;
}

/**
 * Reads no further than the tensors. Writers put fields in the order of their numbers: who does not has named the
 * model before them or has not named it. Throws `InvalidRequest`.
 */
export function modelOf(bytes: Buffer): InferHead {
  const reader = new ProtoReader(bytes);
  let [name, version]: [string, string] = ['', ''];
  let parameters: Parameters | undefined;
  while (reader.next())
    if (reader.field === 1) name = reader.string();
    else if (reader.field === 2) version = reader.string();
    else if (reader.field === 4) parameters = readParameter(reader.message(), parameters);
    else if (reader.field > 4 && name !== '') break;
    else reader.skip();
  const timeout = parameters?.timeout;
  return { name, version, timeoutUs: typeof timeout === 'number' && timeout > 0 ? timeout : 0 };
}

/** Of two times the one that ends first; 0 stands for none. */
export const sooner = (one: number, other: number) =>
  one > 0 && other > 0 ? Math.min(one, other) : one || other;
