import { findCode, isCodeName } from '@skerry/contracts';
import { describeError, isSkerryError } from '@skerry/kit';
import { failure } from '../errors.ts';
import type { PlainError } from '../execution/protocol.ts';

/** An error as it travels between threads, which keep no prototypes. */
export function plainError(error: unknown): PlainError {
  if (!isSkerryError(error)) return { code: 'Internal', detail: describeError(error) };
  const { code, detail, fields } = error;
  return fields && Object.keys(fields).length > 0 ? { code, detail, fields } : { code, detail };
}

export function errorOf({ code, detail, fields }: PlainError): Error {
  const known = isCodeName(code) && findCode(code) ? code : 'Internal';
  return failure(known, detail, fields ? { fields } : {});
}
