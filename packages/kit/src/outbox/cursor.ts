import { gapsIn, readDropped } from './dropped.ts';
import type { OutboxBatch, OutboxGap } from './outbox.ts';
import type { PatientDisk, PatientFile } from './patient-disk.ts';
import { listSegments, type Place, type SegmentFile, type Step, startOf, stepThrough } from './segments.ts';
import { streamIdOf } from './stream-id.ts';

/** A place in a folder, with the segment open that it is in. */
export interface Cursor {
  /** The segment that is open, the stream id it was opened under, and where reading goes on. */
  readonly open: { readonly path: string; readonly streamId: string; readonly place: Place } | undefined;
  read(from: number, maxBytes: number): Promise<OutboxBatch>;
  close(): Promise<void>;
}

interface Open {
  readonly segment: SegmentFile;
  readonly path: string;
  readonly file: PatientFile;
  readonly streamId: string;
  place: Place;
  /** Size up to which it is durable. */
  syncedSize: number;
  /** Size at which there was nothing more to read. */
  exhaustedSize: number;
  /** First number of the next segment: once it is there, nothing more comes into this one. */
  followedBy: number | undefined;
}

export function openCursor(disk: PatientDisk, folder: string): Cursor {
  let open: Open | undefined;

  async function close(): Promise<void> {
    const closing = open;
    open = undefined;
    await closing?.file.close();
  }

  /** Opens the segment that holds `number`, or else the oldest. */
  async function openAt(number: number): Promise<Open | undefined> {
    await close();
    const segments = await listSegments(disk, folder);
    const streamId = await streamIdOf(disk, folder, segments);
    const found = segments.findLastIndex((segment) => segment.first <= number);
    const [segment, following] = segments.slice(Math.max(0, found));
    if (!segment || !streamId) return undefined;
    const { file, place } = await openSegment(disk, segment);
    open = {
      segment,
      path: segment.path,
      file,
      streamId,
      place,
      syncedSize: -1,
      exhaustedSize: -1,
      followedBy: following?.first,
    };
    return open;
  }

  /**
   * Where to read when `at` has nothing more: its name once more when there is more under it, since a writer that
   * starts anew replaces a segment without records by one of the same name; then the next segment.
   */
  async function onward(at: Open): Promise<Open | undefined> {
    const segments = await listSegments(disk, folder);
    const now = segments.find(({ path }) => path === at.path);
    if (now && now.size !== at.exhaustedSize) return openAt(at.place.number);
    if (at.followedBy !== undefined) return openAt(at.followedBy);
    at.followedBy = segments.find((segment) => segment.first > at.segment.first)?.first;
    return at.followedBy === undefined ? undefined : at;
  }

  async function onlyGaps(
    from: number,
    { streamId, place }: Open,
    otherwise: OutboxGap['reason'],
  ): Promise<OutboxBatch> {
    const dropped = await readDropped(disk, folder, streamId);
    const gaps = gapsIn(dropped, from, place.number - 1, otherwise);
    return { records: [], gaps, next: place.number };
  }

  async function readOn(from: number, maxBytes: number): Promise<OutboxBatch> {
    let at = open?.place.number === from ? open : await openAt(from);
    let reason: OutboxGap['reason'] = 'missing';
    while (at) {
      if (at.place.number > from) return onlyGaps(from, at, reason);
      const offset = at.place.offset;
      const batch = since(from, await step(at, maxBytes));
      if (batch.records.length + batch.gaps.length > 0) return batch;
      if (at.place.offset > offset) continue;
      reason = 'corrupt';
      at = await onward(at);
    }
    // What was given up at the end may be readable by the next time.
    if (open && open.file.givenUpBehind(open.place.offset) > 0) await close();
    return { records: [], gaps: [], next: from };
  }

  return {
    get open() {
      return open;
    },
    async read(from, maxBytes) {
      try {
        return await readOn(from, maxBytes);
      } catch (error) {
        // What cannot be read may be given up by the next time: it is looked for anew.
        await close();
        throw error;
      }
    },
    close,
  };
}

async function openSegment(
  disk: PatientDisk,
  segment: SegmentFile,
): Promise<{ file: PatientFile; place: Place }> {
  const file = await disk.openRead(segment.path);
  try {
    return { file, place: await startOf(file, segment) };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** One step, over what is durable: otherwise a power cut could take back what was sent already. */
async function step(at: Open, maxBytes: number): Promise<Step> {
  const size = await at.file.size();
  if (size === at.exhaustedSize) return { records: [], gaps: [], place: at.place };
  if (size !== at.syncedSize) await at.file.sync();
  at.syncedSize = size;
  const found = await stepThrough(at.file, size, at.place, at.streamId, maxBytes);
  if (found.place.offset === at.place.offset) at.exhaustedSize = size;
  at.place = found.place;
  return found;
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
