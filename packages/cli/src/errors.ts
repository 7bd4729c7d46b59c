import { type CodeName, codes, type ExitCode, findCode } from '@skerry/contracts';
import { describeError, isSkerryError, SkerryError } from '@skerry/kit';
import { type HubError, isHubError } from '@skerry/sdk';

/** An error of the command line, with the catalogue's advice where none is given. */
export function failure(
  code: CodeName,
  detail: string,
  more: { next?: string; cause?: unknown; fields?: Readonly<Record<string, unknown>> } = {},
): SkerryError<CodeName> {
  const { title, next } = codes[code];
  return new SkerryError({ code, title, detail, next, ...more });
}

export const interrupted = () => failure('Interrupted', 'stopped by a signal');

/** Whatever was thrown, as one of ours. */
export function knownError(error: unknown): SkerryError {
  if (isSkerryError(error)) return error;
  if (isHubError(error)) return fromHub(error);
  return failure('Internal', describeError(error), { cause: error });
}

function fromHub(cause: HubError): SkerryError {
  const { code, detail, next, status, errors } = cause;
  // A single fault is in the detail already.
  const faults = errors.length > 1 ? errors.map((it) => `\n  ${it.pointer || '/'}: ${it.detail}`) : [];
  const title = findCode(code)?.title;
  return new SkerryError({ code, title, detail: detail + faults.join(''), next, status, cause });
}

/** The exit status that the catalogue gives a code; 1 where it gives none. */
export function exitCodeOf(code: string): ExitCode {
  return findCode(code)?.exit ?? 1;
}
