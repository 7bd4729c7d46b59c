import { createHash } from 'node:crypto';
import type { Disk } from '@skerry/kit';
import { type LogEntry, parseLine } from './log-entry.ts';
import { logPaths, type Part } from './log-paths.ts';
import { readLines } from './read-lines.ts';

/** A place between two lines, that holds whatever the file is called by then. */
export interface Place {
  /** Print of the file's first line; empty before anything was written. */
  readonly file: string;
  readonly offset: number;
  /** Of the line before, ms since the epoch; 0 where there is none. */
  readonly time: number;
}

export interface PlacedEntry {
  readonly entry: LogEntry;
  /** Behind it. */
  readonly place: Place;
}

export interface LogFile {
  readonly path: string;
  readonly print: string;
  readonly size: number;
  readonly modifiedAt: number;
}

const PRINT_BYTES = 1024;
/** The end of a file that has grown too large is copied, and begins with another line then; others are renamed. */
const copied: readonly Part[] = ['runtime'];

/** The files of a part, the one that still grows last; those without a whole line are left out. */
export async function logFilesOf(disk: Disk, folder: string, part: Part): Promise<LogFile[]> {
  const files: LogFile[] = [];
  for (const path of logPaths[part](folder)) {
    const found = await disk.stat(path);
    const print = found && (await printOf(disk, path));
    if (found && print !== undefined) files.push({ path, print, ...found });
  }
  return files;
}

/** Lines tell when they were said and by which process, so that no two files begin alike. */
async function printOf(disk: Disk, path: string): Promise<string | undefined> {
  const file = await disk.openRead(path).catch(() => undefined);
  if (!file) return undefined;
  const head = Buffer.from(await file.read(0, PRINT_BYTES).finally(() => file.close()));
  const end = head.indexOf('\n');
  if (end === -1 && head.length < PRINT_BYTES) return undefined;
  const line = end === -1 ? head : head.subarray(0, end);
  return createHash('sha256').update(line).digest('base64url').slice(0, 16);
}

/** Where the last so many bytes of the files begin, if anything is before them. */
export function placeNearEnd(files: readonly LogFile[], bytes: number): Place | undefined {
  let left = bytes;
  for (const { print, size } of files.toReversed()) {
    if (size > left) return { file: print, offset: size - left, time: 0 };
    left -= size;
  }
  return undefined;
}

export interface Stretch {
  readonly part: Part;
  readonly files: readonly LogFile[];
  readonly from: Place | undefined;
  /** The place may be within a line, which is left out then. */
  readonly cut?: boolean;
}

/**
 * What was said behind a place. Where its file is gone, all that there is came after it, but for what was copied: of
 * that, what is newer than the line before the place.
 */
export async function* entriesBehind(
  disk: Disk,
  { part, files, from, cut }: Stretch,
): AsyncGenerator<PlacedEntry> {
  const at = from ? files.findIndex(({ print }) => print === from.file) : -1;
  const notBefore = at === -1 && from && copied.includes(part) ? from.time : Number.NEGATIVE_INFINITY;
  let time = from?.time ?? 0;
  let isCut = cut === true && at !== -1;
  for (const [index, { path, print }] of files.entries()) {
    if (index < at) continue;
    for await (const { text, end } of readLines(disk, path, index === at ? from!.offset : 0)) {
      const isWhole = !isCut;
      isCut = false;
      if (text === '' || !isWhole) continue;
      const entry = parseLine(text, part, time);
      time = entry.time;
      // Of what was copied alone: what was begun anew since came after all of it, whatever the clock said.
      if (time > notBefore || !path.endsWith('.1'))
        yield { entry, place: { file: print, offset: end, time } };
    }
  }
}

/** True where lines behind a place are not kept any more. */
export const isBeyond = (files: readonly LogFile[], { file }: Place): boolean =>
  file !== '' && !files.some(({ print }) => print === file);
