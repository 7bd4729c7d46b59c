import { type Command, type CommandArgs, type CommandKind, type Json } from '@skerry/contracts';
import type { Kept, Outcome } from './records.ts';
/** What is to be done: anything but handing over a message, which is one commit. */
export type ActionKind = Exclude<CommandKind, 'message'>;
/** What to do about a command that has come, and does not run here at the moment. */
export type Step =
  | {
      readonly step: 'run';
      readonly action: Action;
    }
  | {
      readonly step: 'receive';
      readonly body: Json;
    }
  /** Note this as its end, and answer with it. */
  | {
      readonly step: 'settle';
      readonly outcome: Outcome;
    }
  /** Answer, and note nothing: should it come again, the same is found again. */
  | {
      readonly step: 'answer';
      readonly outcome: Outcome;
    };
export type Action = {
  [Kind in ActionKind]: {
    kind: Kind;
    args: CommandArgs<Kind>;
  };
}[ActionKind];
/** More than the hub leaves open; reached only with a hub that does not keep to that. */
export declare const maxRecords = 1000;
/** Pure: what is remembered of the command, and how many there are. */
export declare function stepFor(command: Command, kept: Kept | undefined, count: number): Step;
