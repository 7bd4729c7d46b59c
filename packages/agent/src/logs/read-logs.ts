import type { Clock, Disk } from '@skerry/kit';
import { type LogEntry, parseLine } from './log-entry.ts';
import { logPaths, type Part } from './log-paths.ts';
import { readLines } from './read-lines.ts';

export interface LogQuestion {
  /** The agent's state folder. */
  readonly folder: string;
  readonly parts: readonly Part[];
  /** Only what is not older, ms since the epoch. */
  readonly since: number;
}

/** Where reading ended in the file that grows. */
export interface Mark {
  offset: number;
  time: number;
}
export type Marks = Map<Part, Mark>;

/** What is kept, the parts merged by time. `marks` is told where to read on from. */
export async function* readLogs(
  disk: Disk,
  question: LogQuestion,
  marks: Marks = new Map(),
): AsyncGenerator<LogEntry> {
  const { parts, since } = question;
  const queues = parts.map((part) => entriesOf(disk, question.folder, part, marks));
  const heads = await Promise.all(queues.map(async (queue) => (await queue.next()).value));
  for (;;) {
    const first = earliest(heads);
    const head = first === undefined ? undefined : heads[first];
    if (first === undefined || !head) return;
    if (head.time >= since) yield head;
    heads[first] = (await queues[first]!.next()).value;
  }
}

function earliest(heads: readonly (LogEntry | undefined)[]): number | undefined {
  let first: number | undefined;
  heads.forEach((head, at) => {
    if (head && (first === undefined || head.time < heads[first]!.time)) first = at;
  });
  return first;
}

async function* entriesOf(
  disk: Disk,
  folder: string,
  part: Part,
  marks: Marks,
): AsyncGenerator<LogEntry, undefined> {
  const mark: Mark = { offset: 0, time: 0 };
  marks.set(part, mark);
  for (const path of logPaths[part](folder)) {
    mark.offset = 0;
    yield* read(disk, path, part, mark);
  }
  return undefined;
}

/** The whole lines of a file from the mark on, which moves with them. */
async function* read(disk: Disk, path: string, part: Part, mark: Mark): AsyncGenerator<LogEntry> {
  for await (const { text, end } of readLines(disk, path, mark.offset)) {
    mark.offset = end;
    if (text === '') continue;
    const entry = parseLine(text, part, mark.time);
    mark.time = entry.time;
    yield entry;
  }
}

const LOOK_MS = 300;

/** What comes, until the signal aborts. A file that has become smaller was begun anew: what is left of the old one comes first. */
export async function* followLogs(
  { disk, clock }: { disk: Disk; clock: Clock },
  { folder }: LogQuestion,
  marks: Marks,
  signal: AbortSignal,
): AsyncGenerator<LogEntry> {
  while (!signal.aborted) {
    for (const [part, mark] of marks) {
      const [path = '', before = ''] = logPaths[part](folder).toReversed();
      if (((await disk.stat(path))?.size ?? 0) < mark.offset) {
        if (part === 'agent') yield* read(disk, before, part, mark);
        mark.offset = 0;
      }
      yield* read(disk, path, part, mark);
    }
    await clock.sleep(LOOK_MS, signal).catch(() => {});
  }
}
