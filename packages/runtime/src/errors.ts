import { type CodeName, codes } from '@skerry/contracts';
import { type Problem, SkerryError } from '@skerry/kit';

/** An error of the catalogue; `detail` says what failed and why. */
export function failure<Name extends CodeName>(
  code: Name,
  detail: string,
  more: Partial<Pick<Problem, 'cause' | 'fields' | 'next' | 'pointer' | 'status'>> = {},
): SkerryError<Name> {
  const { title, next, status }: { title: string; next: string; status?: number } = codes[code];
  return new SkerryError({ code, title, next, detail, ...(status === undefined ? {} : { status }), ...more });
}
