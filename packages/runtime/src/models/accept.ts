import {
  type Clock,
  isSkerryError,
  type Logger,
  type ProcessExit,
  type Processes,
  withDeadline,
} from '@skerry/kit';
import { type AcceptanceAnswer, acceptanceAnswer } from './acceptance.ts';

export interface AcceptOptions {
  readonly processes: Processes;
  readonly clock: Clock;
  readonly logger: Logger;
  /** How to start the child: program and arguments. */
  readonly child: readonly [program: string, ...args: string[]];
  /** For everything: start, load, cases. */
  readonly deadlineMs: number;
  /** Ends a child at work: the runtime stops, and the model is not to blame. */
  readonly signal: AbortSignal;
}

/**
 * Lets a model prove itself in a throw-away process. A child that crashes means that it is refused; one that hangs, or
 * that somebody kills, says nothing of its answers (`AcceptanceUnfinished`).
 */
export type Accept = (path: string, digest: string) => Promise<AcceptanceAnswer>;

export function acceptInChild(options: AcceptOptions): Accept {
  const { processes, clock, logger, deadlineMs, signal } = options;
  const [program, ...args] = options.child;
  return async (path) => {
    signal.throwIfAborted();
    const said = listen(logger);
    const output = { lines: said.lines };
    const child = await processes.spawn(program, args, { input: JSON.stringify({ path }), output });
    const kill = () => void child.kill('SIGKILL');
    signal.addEventListener('abort', kill);
    // The signal may have come while the child was being started.
    if (signal.aborted) kill();
    try {
      const exit = await withDeadline(child.exited, deadlineMs, clock, 'running the acceptance cases');
      signal.throwIfAborted();
      return said.answer() ?? withoutAnswer(exit, said.complaint());
    } catch (error) {
      kill();
      if (isSkerryError(error, 'DeadlineExceeded'))
        return unfinished(`they took longer than ${deadlineMs} ms`);
      throw error;
    } finally {
      signal.removeEventListener('abort', kill);
    }
  };
}

/** Hears what the child says: its answer, or what it complained of first. */
function listen(logger: Logger) {
  let answer: AcceptanceAnswer | undefined;
  let complaint = '';
  return {
    answer: () => answer,
    complaint: () => complaint,
    lines(line: string, from: 'stdout' | 'stderr') {
      if (from === 'stdout') answer = parseAnswer(line) ?? answer;
      else if (complaint === '' && /error/i.test(line)) complaint = `: ${line.trim().slice(0, 300)}`;
      logger.debug('the acceptance process says', { line });
    },
  };
}

function parseAnswer(line: string): AcceptanceAnswer | undefined {
  try {
    return acceptanceAnswer.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}

/** A model that crashes the engine ends by another signal: this one comes from outside, as from a kernel without memory. */
function withoutAnswer({ code, signal }: ProcessExit, complaint: string): AcceptanceAnswer {
  if (signal === 'SIGKILL') return unfinished('their process was killed, as it is where memory runs out');
  const end = signal === null ? `ended with code ${code}` : `was ended by ${signal}`;
  return refused(`the process ${end}${complaint}`);
}

const refused = (why: string): AcceptanceAnswer => ({
  accepted: false,
  code: 'AcceptanceFailed',
  message: `the acceptance cases did not end well: ${why}`,
});

const unfinished = (why: string): AcceptanceAnswer => ({
  accepted: false,
  code: 'AcceptanceUnfinished',
  message: `the acceptance cases did not come to their end: ${why}`,
});
