import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

export interface LogOptions {
  readonly clock: Clock;
  /** Which process speaks: `hub`, `agent`, `runtime`. */
  readonly name: string;
  /** Default `info`. */
  readonly level?: LogLevel | undefined;
  /** Where lines go; default is stderr. `isTTY` chooses the readable form; `NO_COLOR` in `env` takes colour off. */
  readonly out?: { write(line: string): unknown; isTTY?: boolean };
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
}

/** A logger, and how to end it: `flush` says what repeated since and was not said yet. */
export function openLog(_options: LogOptions): Logger & { flush(): void } {
  throw new Error('being written');
}
