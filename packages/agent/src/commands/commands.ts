import {
  type Command,
  type CommandAnswer,
  type CommandArgs,
  type Json,
  maxCommandBytes,
} from '@skerry/contracts';
import { type Clock, deadlineSignal, describeError, isSkerryError, type Logger } from '@skerry/kit';
import { agentError } from '../errors.ts';
import type { CommandRecords, Outcome } from './records.ts';
import { type Action, type ActionKind, stepFor } from './step.ts';

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

/** At a time; the hub asks for fewer. */
const MAX_RUNNING = 16;
/** How long each may take, whatever time the hub leaves. */
const deadlinesMs: Record<ActionKind, number> = {
  ping: 1_000,
  logs: 30_000,
  check: 5 * 60_000,
  'restart-runtime': 60_000,
};

/**
 * Commands of the hub (DESIGN §6, Commands).
 *
 *     come ──commit begun──▶ running ──commit outcome──▶ settled ──answer──▶ the hub
 *                               │ killed: after the restart it is settled as unknown
 *
 * INVARIANTS
 * 1. What a command asks for is begun once at most, in all lives of the agent.
 * 2. Nothing is begun before it is noted, and nothing answered before its outcome is.
 * 3. A command that is asked again gets the answer that it got; one of which the hub has the answer already, none.
 */
export function commands({ records, actions, clock, logger }: CommandsOptions): Commands {
  const life = new AbortController();
  /** What the hub has said in the session that goes on: one that was sent before that may have been overtaken. */
  let heard = { session: '', settled: 0 };
  const running = new Map<string, { answer: (outcome: Outcome) => void; done: Promise<void> }>();

  const act = async (command: Command, { kind, args }: Action): Promise<Outcome> => {
    const ms = Math.min(command.leftMs, deadlinesMs[kind]);
    const limited = deadlineSignal(ms, clock, kind, life.signal);
    try {
      const work = (actions[kind] as (args: object, signal: AbortSignal) => Promise<Record<string, Json>>)(
        args,
        limited.signal,
      );
      return { outcome: 'done', result: notTooLarge(await orAborted(work, limited.signal)) };
    } catch (error) {
      const reason = isSkerryError(error) ? error.code : 'CommandFailed';
      return { outcome: 'failed', reason: reason.slice(0, 64), message: describeError(error).slice(0, 1024) };
    } finally {
      limited.stop();
    }
  };

  /** What stops with the agent is not settled: nobody knows how far it came. */
  const run = async (command: Command, action: Action): Promise<void> => {
    const outcome = await act(command, action);
    const { answer } = running.get(command.id)!;
    running.delete(command.id);
    if (life.signal.aborted) return;
    try {
      records.settle(command.id, outcome);
      answer(outcome);
    } catch (error) {
      logger.error('what came of a command could not be noted', { kind: command.kind, error });
    }
  };

  const carryOut = (command: Command, answer: (outcome: Outcome) => void) => {
    const step = stepFor(command, records.find(command.id), records.count());
    if (step.step === 'run') {
      if (running.size >= MAX_RUNNING) return;
      records.begin(command);
      const { promise, resolve } = Promise.withResolvers<void>();
      running.set(command.id, { answer, done: promise });
      void run(command, step.action).then(resolve);
      return;
    }
    if (step.step === 'receive') return answer(records.receive(command, step.body));
    if (step.step === 'settle') records.settle(command.id, step.outcome);
    answer(step.outcome);
  };

  const hearSettled = ({ session, settled }: Command) => {
    const before = heard.session === session ? heard.settled : 0;
    heard = { session, settled: Math.max(before, settled) };
  };

  return {
    take(command, send) {
      const { id, session } = command;
      hearSettled(command);
      if (command.number <= heard.settled) return;
      const answer = (outcome: Outcome) => send({ id, session, ...outcome });
      const mine = running.get(id);
      if (mine) {
        mine.answer = answer;
        return;
      }
      try {
        records.forget(command.settled);
        carryOut(command, answer);
      } catch (error) {
        // The hub asks again; until something can be noted, nothing is done.
        logger.error('a command could not be noted', { kind: command.kind, error });
      }
    },
    async stop() {
      life.abort(new Error('stopping'));
      await Promise.all([...running.values()].map(({ done }) => done));
    },
  };
}

function notTooLarge(result: Record<string, Json>): Record<string, Json> {
  const bytes = Buffer.byteLength(JSON.stringify(result));
  if (bytes <= maxCommandBytes) return result;
  throw agentError('PayloadTooLarge', `its result has ${bytes} bytes, and ${maxCommandBytes} are the most`);
}

function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
