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
}

/** Lets a model prove itself in a throw-away process. A child that crashes or hangs means that it is refused. */
export type Accept = (path: string, digest: string) => Promise<AcceptanceAnswer>;

export function acceptInChild({ processes, clock, logger, child, deadlineMs }: AcceptOptions): Accept {
  const [program, ...args] = child;
  return async (path) => {
    let answer: AcceptanceAnswer | undefined;
    let complaint: string | undefined;
    const lines = (line: string, from: 'stdout' | 'stderr') => {
      if (from === 'stdout') answer = parseAnswer(line) ?? answer;
      else if (/error/i.test(line)) complaint ??= line.trim().slice(0, 300);
      logger.debug('the acceptance process says', { line });
    };
    const started = await processes.spawn(program, args, {
      input: JSON.stringify({ path }),
      output: { lines },
    });
    try {
      const exit = await withDeadline(started.exited, deadlineMs, clock, 'running the acceptance cases');
      return answer ?? refused(endOf(exit) + (complaint ? `: ${complaint}` : ''));
    } catch (error) {
      started.kill('SIGKILL');
      if (isSkerryError(error, 'DeadlineExceeded')) return refused(`they took longer than ${deadlineMs} ms`);
      throw error;
    }
  };
}

function parseAnswer(line: string): AcceptanceAnswer | undefined {
  try {
    return acceptanceAnswer.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}

const refused = (why: string): AcceptanceAnswer => ({
  accepted: false,
  code: 'AcceptanceFailed',
  message: `the acceptance cases did not end well: ${why}`,
});

const endOf = ({ code, signal }: ProcessExit) =>
  signal === null ? `the process ended with code ${code}` : `the process was ended by ${signal}`;
