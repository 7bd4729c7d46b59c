import { isSkerryError } from '../errors.ts';
import type { Disk, ReadFile } from '../ports/disk.ts';
import type { OutboxBatch, OutboxGap, OutboxRange, OutboxReader, OutboxStream } from './outbox.ts';
import {
  endOf,
  listSegments,
  type Place,
  type SegmentFile,
  type Step,
  startOf,
  stepThrough,
  streamIdOf,
} from './segments.ts';

/** The segment being read. */
interface Open {
  readonly segment: SegmentFile;
  readonly file: ReadFile;
  readonly streamId: string;
  place: Place;
  /** Size up to which it is durable. */
  syncedSize: number;
  /** Size at which there was nothing more to read. */
  exhaustedSize: number;
  /** First number of the next segment: once it is there, nothing more comes into this one. */
  followedBy: number | undefined;
}

/** Reads a stream's folder, in order, beside its writer. The folder need not be there yet. */
export function openOutboxReader({ disk, folder }: { disk: Disk; folder: string }): OutboxReader {
  let open: Open | undefined;
  /** The end of the newest segment when `range` last looked. */
  let tail: { path: string; size: number; place: Place } | undefined;

  async function close(): Promise<void> {
    const closing = open;
    open = undefined;
    await closing?.file.close();
  }

  /** Opens the segment that holds `number`, or else the oldest. */
  async function openAt(number: number): Promise<Open | undefined> {
    await close();
    const segments = await listSegments(disk, folder);
    const streamId = await streamIdOf(disk, segments);
    const index = Math.max(
      0,
      segments.findLastIndex((segment) => segment.first <= number),
    );
    const segment = segments[index];
    if (!segment || !streamId) return undefined;
    const file = await disk.openRead(segment.path);
    const sizes = { syncedSize: -1, exhaustedSize: -1 };
    const followedBy = segments[index + 1]?.first;
    open = { segment, file, streamId, place: startOf(segment), ...sizes, followedBy };
    return open;
  }

  /** Where to read when `at` has nothing more: itself once more when it is seen to be complete, then the next. */
  async function onward(at: Open): Promise<Open | undefined> {
    if (at.followedBy !== undefined) return openAt(at.followedBy);
    const segments = await listSegments(disk, folder);
    at.followedBy = segments.find((segment) => segment.first > at.segment.first)?.first;
    return at.followedBy === undefined ? undefined : at;
  }

  async function read(from: number, maxBytes: number): Promise<OutboxBatch> {
    let at = open?.place.number === from ? open : await openAt(from);
    let reason: OutboxGap['reason'] = 'missing';
    while (at) {
      if (at.place.number > from) return onlyGap(from, at.place.number, reason);
      const offset = at.place.offset;
      const batch = since(from, await readStep(at, maxBytes));
      if (batch.records.length + batch.gaps.length > 0) return batch;
      if (at.place.offset === offset) {
        reason = 'corrupt';
        at = await onward(at);
      }
    }
    return { records: [], gaps: [], next: from };
  }

  async function range(): Promise<OutboxRange | undefined> {
    const segments = await listSegments(disk, folder);
    const streamId = await streamIdOf(disk, segments);
    const last = segments.at(-1);
    if (!last || !streamId) return undefined;
    if (open && open.streamId !== streamId) await close();
    if (tail?.path !== last.path || tail.size !== last.size) tail = await tailOf(last, streamId);
    const bytes = segments.reduce((sum, segment) => sum + segment.size, 0);
    return { streamId, first: segments[0]!.first, next: tail.place.number, bytes };
  }

  async function tailOf({ path, size, ...segment }: SegmentFile, streamId: string) {
    const from = tail?.path === path && tail.size <= size ? tail.place : startOf(segment);
    const file = await disk.openRead(path);
    try {
      await file.sync();
      return { path, size, place: await endOf(file, size, from, streamId) };
    } finally {
      await file.close();
    }
  }

  async function release(upTo: number): Promise<number> {
    const segments = await listSegments(disk, folder);
    const free = segments.filter((_, index) => (segments[index + 1]?.first ?? Infinity) <= upTo + 1);
    if (free.some(({ path }) => path === open?.segment.path)) await close();
    for (const { path } of free) await disk.remove(path);
    return free.reduce((sum, { size }) => sum + size, 0);
  }

  return {
    range: () => unlessGone(range, undefined),
    read: (from, maxBytes) => unlessGone(() => read(from, maxBytes), { records: [], gaps: [], next: from }),
    watch: (onData) => disk.watch(folder, onData),
    release,
    close,
  };
}

/** Every `PRODUCER/STREAM` folder under the root, by name. */
export async function listOutboxStreams(disk: Disk, root: string): Promise<OutboxStream[]> {
  const streams: OutboxStream[] = [];
  for (const producer of await foldersIn(disk, root)) {
    for (const stream of await foldersIn(disk, `${root}/${producer}`)) {
      streams.push({ producer, stream, folder: `${root}/${producer}/${stream}` });
    }
  }
  return streams;
}

/** One step, over what is durable: otherwise a power cut could take back what was sent already. */
async function readStep(at: Open, maxBytes: number): Promise<Step> {
  const size = await at.file.size();
  if (size === at.exhaustedSize) return { records: [], gaps: [], place: at.place };
  if (size !== at.syncedSize) await at.file.sync();
  at.syncedSize = size;
  const step = await stepThrough(at.file, size, at.place, at.streamId, maxBytes);
  if (step.place.offset === at.place.offset) at.exhaustedSize = size;
  at.place = step.place;
  return step;
}

/** A step without what lies before `from`. */
function since(from: number, { records, gaps, place }: Step): OutboxBatch {
  return {
    records: records.filter(({ number }) => number >= from),
    gaps: gaps
      .filter(({ last }) => last >= from)
      .map((gap) => ({ ...gap, first: Math.max(from, gap.first) })),
    next: place.number,
  };
}

const onlyGap = (first: number, next: number, reason: OutboxGap['reason']): OutboxBatch => ({
  records: [],
  gaps: [{ first, last: next - 1, reason }],
  next,
});

/** The writer may remove an empty segment between our look at the folder and at the file. */
async function unlessGone<T>(op: () => Promise<T>, otherwise: T): Promise<T> {
  try {
    return await op();
  } catch (error) {
    if (isSkerryError(error, 'FileNotFound')) return otherwise;
    throw error;
  }
}

const foldersIn = async (disk: Disk, folder: string) =>
  (await disk.list(folder)).filter(({ kind }) => kind === 'folder').map(({ name }) => name);
