import type { Clock, Disk } from '@skerry/kit';
import { entryText } from '@skerry/kit/log';
import { agentError } from '../errors.ts';
import { type LogEntry, lineOf } from './log-entry.ts';
import type { Part } from './log-paths.ts';
import { followLogs, type Marks, readLogs } from './read-logs.ts';

export interface LogsVerbOptions {
  readonly ports: { readonly disk: Disk; readonly clock: Clock };
  /** The agent's state folder. */
  readonly folder: string;
  readonly parts: readonly Part[];
  /** Only the lines of the last so many ms. */
  readonly lastMs: number | undefined;
  readonly follow: boolean;
  readonly json: boolean;
  readonly out: NodeJS.WritableStream & { readonly isTTY?: boolean };
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Ends the following. */
  readonly signal: AbortSignal;
}

/** Shows what agent and runtime said, with an agent that runs or without. Rejects with `NotFound` where there is no folder. */
export async function showLogs(options: LogsVerbOptions): Promise<void> {
  const { ports, folder, parts, lastMs, follow, json, out, env, signal } = options;
  if ((await ports.disk.stat(folder))?.kind !== 'folder')
    throw agentError('NotFound', `there is no state folder ${folder}`, { next: 'Name it with --state.' });
  const since = lastMs === undefined ? 0 : ports.clock.now() - lastMs;
  const colour = out.isTTY === true && !env.NO_COLOR;
  const form = json ? lineOf : (entry: LogEntry) => entryText(entry, colour);
  const question = { folder, parts, since };
  const marks: Marks = new Map();
  await writeAll(readLogs(ports.disk, question, marks), form, out);
  if (follow) await writeAll(followLogs(ports, question, marks, signal), form, out);
}

async function writeAll(
  entries: AsyncIterable<LogEntry>,
  form: (entry: LogEntry) => string,
  out: NodeJS.WritableStream,
): Promise<void> {
  for await (const entry of entries) {
    if (out.write(`${form(entry)}\n`)) continue;
    await new Promise<void>((resolve) => out.once('drain', () => resolve()));
  }
}
