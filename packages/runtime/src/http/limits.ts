/** How long a client may take, ms, and how much of it there may be. */
export interface Limits {
  /** For the head of a request. */
  readonly headMs: number;
  /** For a whole request. */
  readonly requestMs: number;
  /** From one request to the next. */
  readonly idleMs: number;
  /** Bytes of a request's head. */
  readonly headBytes: number;
  /** At a time. */
  readonly connections: number;
}
