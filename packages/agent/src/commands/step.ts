import { type Command, type CommandArgs, type CommandKind, commandArgs, type Json } from '@skerry/contracts';
import type { Kept, Outcome } from './records.ts';

/** What is to be done: anything but handing over a message, which is one commit. */
export type ActionKind = Exclude<CommandKind, 'message'>;

/** What to do about a command that has come, and does not run here at the moment. */
export type Step =
  | { readonly step: 'run'; readonly action: Action }
  | { readonly step: 'receive'; readonly body: Json }
  /** Note this as its end, and answer with it. */
  | { readonly step: 'settle'; readonly outcome: Outcome }
  /** Answer, and note nothing: should it come again, the same is found again. */
  | { readonly step: 'answer'; readonly outcome: Outcome };

export type Action = { [Kind in ActionKind]: { kind: Kind; args: CommandArgs<Kind> } }[ActionKind];

/** More than the hub leaves open; reached only with a hub that does not keep to that. */
export const maxRecords = 1000;

/** Pure: what is remembered of the command, and how many there are. */
export function stepFor(command: Command, kept: Kept | undefined, count: number): Step {
  if (kept?.outcome) return { step: 'answer', outcome: kept.outcome };
  if (kept) return { step: 'settle', outcome: interrupted };
  if (command.leftMs === 0) return { step: 'answer', outcome: tooLate };
  if (count >= maxRecords) return { step: 'answer', outcome: tooMany };
  return freshStep(command);
}

function freshStep({ kind, args }: Command): Step {
  if (!isKind(kind)) return refused('Unsupported', `this agent does not do ${kind}`);
  const parsed = commandArgs[kind].safeParse(args);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return refused('InvalidRequest', `${kind}: ${issue?.path.join('.') || 'args'}: ${issue?.message}`);
  }
  if (kind === 'message') return { step: 'receive', body: (parsed.data as CommandArgs<'message'>).body };
  return { step: 'run', action: { kind, args: parsed.data } as Action };
}

const isKind = (kind: string): kind is CommandKind => Object.hasOwn(commandArgs, kind);

const refused = (reason: string, message: string): Step => ({
  step: 'answer',
  outcome: { outcome: 'refused', reason, message: message.slice(0, 1024) },
});

const interrupted: Outcome = {
  outcome: 'unknown',
  reason: 'CommandUnknown',
  message: 'it was begun, and the agent ended before it could note how it went',
};
const tooLate: Outcome = { outcome: 'expired', reason: 'CommandExpired', message: 'no time was left for it' };
const tooMany: Outcome = {
  outcome: 'refused',
  reason: 'TooManyRequests',
  message: 'this device remembers as many commands as it can',
};
