import { z } from 'zod';
import type { Part } from './log-paths.ts';

/** One line of a log. */
export interface LogEntry {
  readonly part: Part;
  /** Ms since the epoch, by the machine's clock of then; of a line without, that of the one before. */
  readonly time: number;
  /** In pino's numbers: 20 debug, 30 info, 40 warn, 50 error, 60 fatal. Undefined where the line is no line of a log. */
  readonly level: number | undefined;
  readonly message: string;
  /** All else that the line says. */
  readonly fields: Readonly<Record<string, unknown>>;
}

const line = z.looseObject({ time: z.number(), level: z.number(), msg: z.string() });

/** Reads a line. What native code or a crash wrote is a message itself. */
export function parseLine(text: string, part: Part, timeBefore: number): LogEntry {
  const { data } = line.safeParse(jsonOf(text));
  if (!data) return { part, time: timeBefore, level: undefined, message: text, fields: {} };
  const { time, level, msg: message, name: _name, pid: _pid, ...fields } = data;
  return { part, time, level, message, fields };
}

function jsonOf(text: string): unknown {
  if (!text.startsWith('{')) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** As a line for programs, with pino's names. */
export const lineOf = ({ part, time, level, message, fields }: LogEntry): string =>
  JSON.stringify({ level, time, name: part, ...fields, msg: message });
