import type { Code } from '@skerry/contracts';
import { type CodeName, codes } from '@skerry/contracts';
import { SkerryError } from '@skerry/kit';

export interface ErrorOptions {
  /** What to do next, where the catalogue's advice can be bettered. */
  readonly next?: string;
  /** JSON Pointer to the part of the request that is wrong. */
  readonly pointer?: string;
  readonly fields?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** An error of the hub: `detail` says what failed and why; title, status and advice are the catalogue's. */
export function hubError(code: CodeName, detail: string, options: ErrorOptions = {}): SkerryError<CodeName> {
  const { title, next, status }: Code = codes[code];
  return new SkerryError({ code, title, detail, next, ...(status && { status }), ...options });
}

export const notFound = (kind: string, name: string, options?: ErrorOptions) =>
  hubError('NotFound', `there is no ${kind} “${name}”`, options);
