import { describeError, isSkerryError } from '@skerry/kit';

export type FindingStatus = 'pass' | 'warn' | 'fail';

/** What a check found. Only a `fail` says that something does not work. */
export interface Found {
  readonly status: FindingStatus;
  /** What was looked at, and how it is. */
  readonly message: string;
  /** What to do about it; of every `warn` and `fail`. */
  readonly next?: string;
}

export interface Finding extends Found {
  /** Name of the check. */
  readonly check: string;
}

export const pass = (message: string): Found => ({ status: 'pass', message });
export const warn = (message: string, next: string): Found => ({ status: 'warn', message, next });
export const fail = (message: string, next: string): Found => ({ status: 'fail', message, next });

/** A failure, with the error's own advice where it has one. */
export const failedBy = (error: unknown): Found =>
  fail(describeError(error), isSkerryError(error) ? error.next : 'Look at what is named, and check again.');
