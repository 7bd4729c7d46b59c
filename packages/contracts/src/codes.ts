import type { Code } from './code.ts';
import { commandCodes } from './codes-commands.ts';
import { modelCodes } from './codes-models.ts';
import { requestCodes } from './codes-requests.ts';
import { restoreCodes } from './codes-restore.ts';
import { siteCodes } from './codes-sites.ts';
import { trustCodes } from './codes-trust.ts';

/**
 * Every code that a person can meet: in an error, in a condition or in an event. `skerry explain CODE` and
 * `docs/codes.md` speak from this table alone, and a test binds all three.
 */
export const codes = {
  ...requestCodes,
  ...trustCodes,
  ...modelCodes,
  ...siteCodes,
  ...commandCodes,
  ...restoreCodes,
} as const satisfies Record<string, Code>;

export type CodeName = keyof typeof codes;

export function isCodeName(text: string): text is CodeName {
  return Object.hasOwn(codes, text);
}

/** The catalogue's entry, or undefined for a code of a later version than this program knows. */
export function findCode(text: string): Code | undefined {
  return isCodeName(text) ? codes[text] : undefined;
}

const problemPrefix = 'urn:skerry:problem:';

/** RFC 9457 `type` of a code. */
export function problemType(code: string): string {
  return problemPrefix + code;
}

/** The code in a problem's `type`, or undefined when the problem is not one of ours. */
export function codeOfProblem(type: string): string | undefined {
  return type.startsWith(problemPrefix) ? type.slice(problemPrefix.length) : undefined;
}
