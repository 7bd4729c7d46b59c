import { type Code, type CodeName, codes } from '@skerry/contracts';
import { type Problem, SkerryError } from '@skerry/kit';

type More = Partial<Pick<Problem, 'cause' | 'fields' | 'next'>>;

/** An error of the catalogue: `detail` says what failed and why; title, status and advice are the catalogue's. */
export function agentError<Name extends CodeName>(
  code: Name,
  detail: string,
  more: More = {},
): SkerryError<Name> {
  const { title, next, status }: Code = codes[code];
  return new SkerryError({ code, title, next, detail, ...(status !== undefined && { status }), ...more });
}
