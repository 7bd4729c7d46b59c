import type { LogEntry as AnyLogEntry } from '@skerry/kit/log';
import { z } from 'zod';
import type { Part } from './log-paths.ts';

/** A line of the agent's log or of its runtime's. */
export interface LogEntry extends AnyLogEntry {
  readonly part: Part;
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
