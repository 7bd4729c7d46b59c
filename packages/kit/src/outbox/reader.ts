import { isSkerryError } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { Disk } from '../ports/disk.ts';
import { openCursor } from './cursor.ts';
import { type Dropped, readDropped } from './dropped.ts';
import type { OutboxRange, OutboxReader, OutboxStream } from './outbox.ts';
import { type PatientDisk, patientDisk } from './patient-disk.ts';
import { dueAt, endOf, listSegments, type Place, type SegmentFile, startOf } from './segments.ts';
import { streamIdOf } from './stream-id.ts';

/** The end of the newest segment when it was last looked at. */
interface Tail {
  readonly path: string;
  readonly size: number;
  readonly place: Place;
  /** Number due behind it. */
  readonly next: number;
}

export interface OutboxReaderOptions {
  readonly disk: Disk;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly folder: string;
}

/** What cannot be read is told as gone only then: a disk may come back. */
const PATIENCE_MS = 3_600_000;

/** Reads a stream's folder, in order, beside its writer. The folder need not be there yet. */
export function openOutboxReader({ folder, ...ports }: OutboxReaderOptions): OutboxReader {
  const disk = patientDisk({ ...ports, patienceMs: PATIENCE_MS });
  const cursor = openCursor(disk, folder);
  let tail: Tail | undefined;
  let seen: string | undefined;
  /** The newest segment at the last release. */
  let newest: SegmentFile | undefined;

  const range = async (): Promise<OutboxRange | undefined> => {
    const segments = await listSegments(disk, folder);
    const streamId = await streamIdOf(disk, folder, segments);
    const last = segments.at(-1);
    if (!last || !streamId) return undefined;
    if (cursor.open && cursor.open.streamId !== streamId) await cursor.close();
    tail = await tailOf(disk, last, streamId, tail);
    const bytes = segments.reduce((sum, segment) => sum + segment.size, 0);
    const first = lowestOf(segments[0]!, await readDropped(disk, folder, streamId));
    return { streamId, first, next: tail.next, bytes };
  };

  const release = async (upTo: number): Promise<number> => {
    const segments = await listSegments(disk, folder);
    const free = segments.filter((_, index) => (segments[index + 1]?.first ?? Infinity) <= upTo + 1);
    if (free.some(({ path }) => path === cursor.open?.path)) await cursor.close();
    for (const { path } of free) await disk.remove(path);
    if (free.length > 0) await disk.syncFolder(folder);
    newest = segments.at(-1);
    return free.reduce((sum, { size }) => sum + size, 0);
  };

  return {
    range: () => unlessGone(range, undefined, LISTINGS),
    read: (from, maxBytes) =>
      unlessGone(() => cursor.read(from, maxBytes), { records: [], gaps: [], next: from }),
    get streamId() {
      return cursor.open?.streamId;
    },
    get isAtEnd() {
      return newest?.path === cursor.open?.path && newest?.size === cursor.open?.place.offset;
    },
    async hasChanged() {
      const last = (await listSegments(disk, folder)).at(-1);
      const now = last && `${last.path} ${last.size}`;
      const hasChanged = now !== seen;
      seen = now;
      return hasChanged;
    },
    watch: (onData) => disk.watch(folder, onData),
    release,
    close: cursor.close,
  };
}

/** Every `PRODUCER/STREAM` folder under the root, by name; those of producers that have none yet are not there. */
export async function listOutboxStreams(
  disk: Disk,
  root: string,
  producers: readonly string[],
): Promise<OutboxStream[]> {
  const streams: OutboxStream[] = [];
  for (const producer of producers) {
    for (const stream of await foldersIn(disk, `${root}/${producer}`)) {
      streams.push({ producer, stream, folder: `${root}/${producer}/${stream}` });
    }
  }
  return streams;
}

/** Notices count where no number lies between them and the segments: otherwise they have arrived. */
function lowestOf({ first }: SegmentFile, dropped: readonly Dropped[]): number {
  const isNext = (dropped.at(-1)?.last ?? 0) >= first - 1;
  return isNext ? Math.min(first, dropped[0]?.first ?? first) : first;
}

async function tailOf(
  disk: PatientDisk,
  last: SegmentFile,
  streamId: string,
  known: Tail | undefined,
): Promise<Tail> {
  const { path, size } = last;
  const before = known?.path === path && known.size <= size ? known : undefined;
  if (before?.size === size) return before;
  const file = await disk.openRead(path);
  try {
    await file.sync();
    const place = await endOf(file, size, before?.place ?? (await startOf(file, last)), streamId);
    return { path, size, place, next: await dueAt(file, size, place, streamId) };
  } finally {
    await file.close();
  }
}

/** A segment may be removed between our look at the folder and at the file: the writer's, or what was delivered. */
async function unlessGone<T>(op: () => Promise<T>, otherwise: T, tries = 1): Promise<T> {
  try {
    return await op();
  } catch (error) {
    if (!isSkerryError(error, 'FileNotFound')) throw error;
    return tries > 1 ? unlessGone(op, otherwise, tries - 1) : otherwise;
  }
}

const LISTINGS = 3;

const foldersIn = async (disk: Disk, folder: string) =>
  (await disk.list(folder)).filter(({ kind }) => kind === 'folder').map(({ name }) => name);
