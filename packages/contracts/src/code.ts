/** What a person is told about a code. */
export interface Code {
  /** A few words for a heading. */
  readonly title: string;
  /** What it means and why it comes about. */
  readonly meaning: string;
  /** What to do next. */
  readonly next: string;
  /** HTTP status (RFC 9110) when the code leaves a server as RFC 9457 problem+json. */
  readonly status?: number;
  /** Exit status of the command line; 1 where absent. */
  readonly exit?: ExitCode;
}

/** 0 done, 1 failed, 2 bad usage or file, 3 not found, 4 not logged in or not allowed, 5 unreachable, 6 deadline passed, 130 interrupted. */
export type ExitCode = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 130;
