import { type Problem, problemType } from '@skerry/contracts';
import { isSkerryError, type SkerryError } from '@skerry/kit';
import { databaseError } from '../db/database-errors.ts';
import { hubError } from '../errors.ts';

/** A body of `application/problem+json` (RFC 9457) for any error. */
export function problemOf(error: unknown): Problem {
  const { code, title, status, detail, next, pointer, fields } = knownError(error);
  const errors =
    (fields.errors as Problem['errors']) ?? (pointer !== undefined ? [{ pointer, detail }] : undefined);
  return { type: problemType(code), title, status, detail, next, ...(errors && { errors }) };
}

/** What is none of ours becomes `Internal`: its text may hold what a stranger must not see, so the log alone has it. */
export function knownError(error: unknown): SkerryError {
  if (isSkerryError(error)) return error;
  const hidden = () => hubError('Internal', 'the hub failed to answer this request', { cause: error });
  return databaseError(error) ?? fromFastify(error) ?? hidden();
}

/** Errors that Fastify makes before a handler runs (https://fastify.dev/docs/latest/Reference/Errors/). */
function fromFastify(error: unknown): SkerryError | undefined {
  const { code, statusCode, message } = error as { code?: string; statusCode?: number; message?: string };
  const cause = { cause: error };
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE')
    return hubError('PayloadTooLarge', 'the body is over the limit of this address', cause);
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE')
    return hubError('UnsupportedMediaType', 'this address reads application/json', cause);
  if (statusCode && statusCode >= 400 && statusCode < 500)
    return hubError('InvalidRequest', message ?? 'the request cannot be read', cause);
  return undefined;
}
