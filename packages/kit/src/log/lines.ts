import { styleText } from 'node:util';
import { describeError, isSkerryError } from '../errors.ts';
import type { LogFields } from '../ports/logger.ts';
import { redact } from './redact.ts';

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: LogFields;
}

export type LogForm = (line: LogLine, now: number) => string;

const PINO_LEVELS = { debug: 20, info: 30, warn: 40, error: 50 } as const;
const COLOURS = { debug: 'gray', info: 'green', warn: 'yellow', error: 'red' } as const;

/** One JSON object a line, with pino's names: level, time, pid, name, msg, err. */
export function jsonLine({ name, pid }: { name: string; pid: number }): LogForm {
  return ({ level, message, fields }, now) => {
    const { error, ...others } = fields;
    const head = { level: PINO_LEVELS[level], time: now, pid, name };
    const err = error === undefined ? undefined : errorFields(error);
    return `${JSON.stringify({ ...head, ...(redact(others) as object), err, msg: message })}\n`;
  };
}

/** `14:03:07 warn  the hub is away  host=hub.local ×12: connection refused (Unreachable)` */
export function terminalLine({ colour }: { colour: boolean }): LogForm {
  const paint = (style: Parameters<typeof styleText>[0], text: string) =>
    colour ? styleText(style, text, { validateStream: false }) : text;
  return ({ level, message, fields }, now) => {
    const { error, times, ...others } = fields;
    const parts = [
      paint('gray', timeOf(now)),
      paint(COLOURS[level], level.padEnd(5)),
      plain(message),
      ...Object.entries(redact(others) as object).map(([key, value]) =>
        paint('gray', `${key}=${short(value)}`),
      ),
    ];
    if (times !== undefined) parts.push(`×${times}`);
    const why = error === undefined ? '' : `: ${plain(errorText(error))}`;
    return `${parts.join(' ')}${why}\n`;
  };
}

function errorFields(error: unknown) {
  const message = redact(describeError(error));
  if (isSkerryError(error))
    return { type: error.code, message, next: error.next, ...(redact(error.fields) as object) };
  return error instanceof Error ? { type: error.name, message, stack: redact(error.stack) } : { message };
}

function errorText(error: unknown): string {
  const text = String(redact(describeError(error)));
  return isSkerryError(error) ? `${text} (${error.code})` : text;
}

const timeOf = (now: number) => new Date(now).toTimeString().slice(0, 8);

const short = (value: unknown) => (typeof value === 'string' ? plain(value) : JSON.stringify(value));

/** Names come from devices and people: nothing of them may move the cursor or begin a line. */
const plain = (text: string) =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is taken out.
  text.replace(/[\u0000-\u001f\u007f-\u009f]/g, (char) => JSON.stringify(char).slice(1, -1));
