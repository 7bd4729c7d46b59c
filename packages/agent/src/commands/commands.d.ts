import { type Command, type CommandAnswer, type CommandArgs, type Json } from '@skerry/contracts';
import { type Clock, type Logger } from '@skerry/kit';
import type { CommandRecords } from './records.ts';
import { type ActionKind } from './step.ts';
/** What this device can do when it is asked to. Each gives its result, and ends soon after its signal aborts. */
export type Actions = {
  readonly [Kind in ActionKind]: (
    args: CommandArgs<Kind>,
    signal: AbortSignal,
  ) => Promise<Record<string, Json>>;
};
export interface CommandsOptions {
  readonly records: CommandRecords;
  readonly actions: Actions;
  readonly clock: Clock;
  readonly logger: Logger;
}
export interface Commands {
  /** Does what the hub asks, once. The answer goes to where it was asked last. */
  take(command: Command, answer: (answer: CommandAnswer) => void): void;
  /** Ends what runs. */
  stop(): Promise<void>;
}
/**
 * Commands of the hub (DESIGN §6, Commands).
 *
 *     come ──commit begun──▶ running ──commit outcome──▶ settled ──answer──▶ the hub
 *                               │ killed: after the restart it is settled as unknown
 *
 * INVARIANTS
 * 1. What a command asks for is begun once at most, in all lives of the agent.
 * 2. Nothing is begun before it is noted, and nothing answered before its outcome is.
 * 3. A command that is asked again gets the answer that it got.
 */
export declare function commands({ records, actions, clock, logger }: CommandsOptions): Commands;
