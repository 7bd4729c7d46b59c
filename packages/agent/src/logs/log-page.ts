import type { CommandArgs, LogLine, LogPage } from '@skerry/contracts';
import type { Clock, Disk } from '@skerry/kit';
import { z } from 'zod';
import { agentError } from '../errors.ts';
import type { LogEntry } from './log-entry.ts';
import { parts as allParts, type Part } from './log-paths.ts';
import {
  entriesBehind,
  isBeyond,
  type LogFile,
  logFilesOf,
  type Place,
  type PlacedEntry,
  placeNearEnd,
} from './log-places.ts';

export interface LogPageOptions {
  readonly ports: { readonly disk: Disk; readonly clock: Clock };
  /** The agent's state folder. */
  readonly folder: string;
  readonly question: CommandArgs<'logs'>;
  /** Bytes of the lines' JSON, at most. */
  readonly maxBytes: number;
  /** What of a line may leave the device. */
  readonly scrub: (line: LogLine) => LogLine;
}

type Places = Partial<Record<Part, Place>>;

/** Bytes of a line, where nothing better is known. */
const LINE_BYTES = 1024;
/** A longer line is cut. */
const MAX_LINE_BYTES = 16 * 1024;

/** A page of what was said, the parts merged by time; all that is needed to go on is in its `next`. Rejects with `InvalidRequest`. */
export async function logPage({
  ports,
  folder,
  question,
  maxBytes,
  scrub,
}: LogPageOptions): Promise<LogPage> {
  const { parts, sinceMs, tail, after } = question;
  const since = sinceMs === undefined ? 0 : ports.clock.now() - sinceMs;
  const before = after === undefined ? undefined : decodePlaces(after);
  const places: Places = { ...before };
  const near = sinceMs === undefined && tail !== undefined ? tail * LINE_BYTES : undefined;
  let missed = false;
  const queues: AsyncGenerator<PlacedEntry>[] = [];
  for (const part of parts) {
    const all = await logFilesOf(ports.disk, folder, part);
    const files = before ? all : sinceThen(all, since);
    const from = before ? before[part] : near && placeNearEnd(files, near);
    missed ||= before?.[part] !== undefined && isBeyond(files, before[part]);
    queues.push(entriesBehind(ports.disk, { part, files, from: from || undefined, cut: !before }));
  }
  const page = pageOf(before ? undefined : tail, maxBytes);
  for await (const { entry, place } of merged(queues)) {
    if (!before && entry.time < since) places[entry.part] = place;
    else if (page.add(scrub(lineOf(entry)))) places[entry.part] = place;
    if (page.full) break;
  }
  const next = encodePlaces(places);
  return { lines: page.lines, next, more: page.full, ...(missed && { missed }) };
}

/** Without those that were closed before; the last one stays, to go on from. */
const sinceThen = (files: readonly LogFile[], since: number) =>
  files.filter(({ modifiedAt }, index) => modifiedAt >= since || index === files.length - 1);

/** Either the first lines that fit, or the last ones. */
function pageOf(tail: number | undefined, maxBytes: number) {
  const lines: LogLine[] = [];
  const sizes: number[] = [];
  let bytes = 0;
  let full = false;
  const drop = () => {
    lines.shift();
    bytes -= sizes.shift()!;
  };
  return {
    lines,
    get full() {
      return full;
    },
    /** False when it has no room: the line belongs to the next page. */
    add(line: LogLine): boolean {
      const size = Buffer.byteLength(JSON.stringify(line)) + 1;
      if (tail === undefined && bytes + size > maxBytes) {
        full = true;
        return false;
      }
      lines.push(line);
      sizes.push(size);
      bytes += size;
      while (tail !== undefined && (lines.length > tail || bytes > maxBytes)) drop();
      return true;
    },
  };
}

/** By time; of one part in the order in which it was said. */
async function* merged(queues: readonly AsyncGenerator<PlacedEntry>[]): AsyncGenerator<PlacedEntry> {
  const take = async (queue: AsyncGenerator<PlacedEntry>) =>
    (await queue.next()).value as PlacedEntry | undefined;
  const heads = await Promise.all(queues.map(take));
  try {
    for (;;) {
      let first = -1;
      heads.forEach((head, at) => {
        if (head && (first === -1 || head.entry.time < heads[first]!.entry.time)) first = at;
      });
      if (first === -1) return;
      yield heads[first]!;
      heads[first] = await take(queues[first]!);
    }
  } finally {
    for (const queue of queues) await queue.return(undefined);
  }
}

function lineOf({ part: name, time, level, message, fields }: LogEntry): LogLine {
  const line = { ...(fields as object), name, time, ...(level !== undefined && { level }), msg: message };
  if (JSON.stringify(line).length <= MAX_LINE_BYTES) return line;
  return {
    name,
    time,
    ...(level !== undefined && { level }),
    msg: `${message.slice(0, MAX_LINE_BYTES / 4)}…`,
  };
}

const place = z.tuple([z.string().max(16), z.number().int().nonnegative(), z.number()]);
const cursor = z.partialRecord(z.enum(allParts), place);

function encodePlaces(places: Places): string {
  const entries = Object.entries(places).map(([part, { file, offset, time }]) => [
    part,
    [file, offset, time],
  ]);
  return Buffer.from(JSON.stringify(Object.fromEntries(entries))).toString('base64url');
}

function decodePlaces(text: string): Places {
  try {
    const parsed = cursor.parse(JSON.parse(Buffer.from(text, 'base64url').toString()));
    const entries = Object.entries(parsed).map(([part, [file, offset, time]]) => [
      part,
      { file, offset, time },
    ]);
    return Object.fromEntries(entries);
  } catch (cause) {
    throw agentError('InvalidRequest', '`after` is not what `next` of a page before said', { cause });
  }
}
