import type { ConfigKeys } from '@skerry/kit/config';

/** What the hub's program does when it is told so by its first argument. */
export interface Verb {
  readonly keys: ConfigKeys;
  readonly usage: string;
  readonly summary: string;
  readonly example: string;
  act(argv: readonly string[]): Promise<void>;
}
