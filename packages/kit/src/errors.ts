import type { ZodError } from 'zod';

export interface Problem<Code extends string = string> {
  readonly code: Code;
  /** A few words, the same for every error of this code. */
  readonly title?: string | undefined;
  /** What failed, and why. */
  readonly detail: string;
  /** What to do about it. */
  readonly next: string;
  /** The HTTP status that says it best. */
  readonly status?: number | undefined;
  /** JSON Pointer (RFC 6901) to the part of the input that is wrong. */
  readonly pointer?: string | undefined;
  /** More facts, for programs. No secrets. */
  readonly fields?: Readonly<Record<string, unknown>> | undefined;
  readonly cause?: unknown | undefined;
}

/** The one error of ours. `message` is the problem's `detail`. */
export class SkerryError<Code extends string = string> extends Error {
  override readonly name = 'SkerryError';
  readonly code: Code;
  readonly title: string;
  readonly detail: string;
  readonly next: string;
  readonly status: number;
  readonly pointer: string | undefined;
  readonly fields: Readonly<Record<string, unknown>>;

  constructor(problem: Problem<Code>) {
    super(problem.detail, problem.cause === undefined ? undefined : { cause: problem.cause });
    this.code = problem.code;
    this.title = problem.title ?? wordsOf(problem.code);
    this.detail = problem.detail;
    this.next = problem.next;
    this.status = problem.status ?? 500;
    this.pointer = problem.pointer;
    this.fields = problem.fields ?? {};
  }
}

/** `isSkerryError(e, 'FileNotFound')` asks for that code too. */
export function isSkerryError<Code extends string = string>(
  error: unknown,
  code?: Code,
): error is SkerryError<Code> {
  return error instanceof SkerryError && (code === undefined || error.code === code);
}

/** Ours as it is; anything else becomes `fallback`, with what was thrown as the cause. */
export function toSkerryError(error: unknown, fallback: Problem): SkerryError {
  return isSkerryError(error) ? error : new SkerryError({ ...fallback, cause: error });
}

/** One line for a log or a person: the message, and the messages of its causes that it does not end with already. */
export function describeError(error: unknown): string {
  const parts: string[] = [];
  for (let at: unknown = error; at !== undefined && parts.length < 5; at = causeOf(at))
    parts.push(messageOf(at));
  return parts.filter((part, index) => part !== '' && !parts[index - 1]?.endsWith(part)).join(': ');
}

function messageOf(error: unknown): string {
  if (isOfZod(error)) return firstIssue(error);
  return error instanceof Error ? error.message || error.name : String(error);
}

/** By its name: Zod is not loaded by every program that describes errors. */
const isOfZod = (error: unknown): error is ZodError => error instanceof Error && error.name === 'ZodError';

/** Zod's own message is all of its issues as JSON, over several lines. */
function firstIssue({ issues: [issue] }: ZodError): string {
  if (!issue) return 'it is not valid';
  return issue.path.length === 0 ? issue.message : `${issue.path.join('.')}: ${issue.message}`;
}

const causeOf = (error: unknown) => (error instanceof Error ? error.cause : undefined);
const wordsOf = (code: string) => code.replace(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
