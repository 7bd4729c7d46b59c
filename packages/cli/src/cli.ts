import type { Ports } from '@skerry/kit';
import type { Input } from './io/input.ts';
import type { Output } from './io/output.ts';

/** What every command works with. */
export interface Cli {
  readonly ports: Ports;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly stdin: Input;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborts at the first SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
  readonly version: string;
}
