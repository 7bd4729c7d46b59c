import type { Clock } from '../ports/clock.ts';
import type { LogFields, Logger } from '../ports/logger.ts';
import { jsonLine, type LogLine, terminalLine } from './lines.ts';
import { repeats } from './repeats.ts';

export const LEVELS = { debug: 20, info: 30, warn: 40, error: 50, silent: 60 } as const;
export type LogLevel = keyof typeof LEVELS;

export interface LogOptions {
  readonly clock: Clock;
  /** Which process speaks: `hub`, `agent`, `runtime`. */
  readonly name: string;
  /** Default `info`. */
  readonly level?: LogLevel | undefined;
  /** Where lines go; default is stderr. `isTTY` chooses the readable form. */
  readonly out?: { write(line: string): unknown; readonly isTTY?: boolean | undefined } | undefined;
  /** `NO_COLOR` in it takes colour off. Default: that of the process. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
}

export interface OpenLog extends Logger {
  /** Says what repeated and was not said yet. Call it last. */
  flush(): void;
}

/**
 * Readable lines on a terminal, elsewhere JSON in pino's form, so that its tools read it (pino itself would cost
 * an agent 7 MB). A warning or error that repeats is written at once, then at most once a minute, with how often.
 */
export function openLog(options: LogOptions): OpenLog {
  const { clock, name, level = 'info', out = processStderr(), env = process.env } = options;
  const form = out.isTTY ? terminalLine({ colour: !env.NO_COLOR }) : jsonLine({ name, pid: process.pid });
  const write = (line: LogLine) => void out.write(form(line, clock.now()));
  const counted = repeats(clock, write);

  const loggerWith = (base: LogFields): Logger => {
    const at = (lineLevel: LogLine['level']) => {
      if (LEVELS[lineLevel] < LEVELS[level]) return () => {};
      const say = LEVELS[lineLevel] >= LEVELS.warn ? counted.say : write;
      return (message: string, fields?: LogFields) =>
        say({ level: lineLevel, message, fields: { ...base, ...fields } });
    };
    return {
      debug: at('debug'),
      info: at('info'),
      warn: at('warn'),
      error: at('error'),
      child: (fields) => loggerWith({ ...base, ...fields }),
    };
  };
  return { ...loggerWith({}), flush: counted.flush };
}

/** Whoever read our stderr may be gone; that must not end us. */
function processStderr() {
  process.stderr.on('error', () => {});
  return process.stderr;
}
