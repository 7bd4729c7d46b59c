import { inTurn } from '../in-turn.ts';
import type { AppendFile } from '../ports/disk.ts';
import { type DropReason, readDropped, withDropped, writeDropped } from './dropped.ts';
import type { Elapsed } from './elapsed.ts';
import { recoverFolder, type StreamPorts } from './recover.ts';
import {
  crcSeed,
  encodeHeader,
  HEADER_BYTES,
  RECORD_HEADER_BYTES,
  segmentName,
  writeRecord,
} from './segment.ts';
import { headerOf, listSegments, type SegmentFile } from './segments.ts';

export type Payload = Uint8Array | string;

/** The segments of a stream's folder: the newest grows, the oldest may be given up. */
export interface Appender {
  readonly streamId: string;
  /** The number that the next record gets. */
  readonly next: number;
  /** Writes all of them and syncs, once. Resolves with the first one's number; `bytes` is their size as records. */
  commit(payloads: readonly Payload[], bytes: number): Promise<number>;
  /**
   * Gives up the oldest segment: first the notice, durably, then the file. Resolves with how many messages that
   * were; 0 when there is none.
   */
  giveUp(reason: DropReason): Promise<number>;
  /** Known elapsed time by which the oldest segment had its last record, or later; undefined when there is none. */
  oldestEnded(): Promise<number | undefined>;
  close(): Promise<void>;
}

export interface AppenderOptions extends StreamPorts {
  readonly elapsed: Elapsed;
  /** Size at which a segment is followed by the next. */
  readonly segmentBytes: number;
  /** Age at which it is as well, in known elapsed time, ms; looked at by `oldestEnded`. */
  readonly segmentMs: number;
}

/** Bytes of a payload as a record. */
export const recordBytes = (payload: Payload): number => RECORD_HEADER_BYTES + Buffer.byteLength(payload);

interface Newest {
  readonly file: AppendFile;
  readonly begunAt: number;
}

/**
 * After any error of the disk the segment is given up and the folder recovered as at a start, since what is in a
 * file after a failed write or sync is not known: what is good there stays, though its sender was told no.
 */
export async function openAppender(options: AppenderOptions): Promise<Appender> {
  const { disk, folder, elapsed, segmentBytes, segmentMs } = options;
  const turn = inTurn();
  let streamId = '';
  let next = 1;
  let newest: Newest | undefined;
  /** Known elapsed time of the last commit to the newest segment. */
  let lastCommit = 0;
  let scratch = Buffer.allocUnsafe(16 * 1024);

  /** The name is there with a whole header, or it is not there: the stream id is never lost over a power cut. */
  async function begin(): Promise<Newest> {
    const path = `${folder}/${segmentName(next)}`;
    const begunAt = elapsed.now();
    await disk.writeAtomic(path, encodeHeader({ streamId, first: next, begunAt }));
    return { file: await disk.openAppend(path), begunAt };
  }

  async function recover(): Promise<Newest> {
    const found = await recoverFolder(options);
    ({ streamId, next } = found);
    elapsed.atLeast(found.begunAt);
    return begin();
  }

  async function roll(): Promise<void> {
    const before = newest;
    newest = undefined;
    await before?.file.close();
    newest = await begin();
  }

  async function fileFor(bytes: number): Promise<AppendFile> {
    newest ??= await recover();
    const { size } = newest.file;
    if (size + bytes > segmentBytes && size > HEADER_BYTES) await roll();
    return newest.file;
  }

  function encode(payloads: readonly Payload[], bytes: number): Uint8Array {
    if (scratch.length < bytes) scratch = Buffer.allocUnsafe(bytes * 2);
    const seed = crcSeed(streamId);
    let at = 0;
    let number = next;
    for (const payload of payloads) at = writeRecord(scratch, at, number++, payload, seed);
    return scratch.subarray(0, at);
  }

  async function abandon(): Promise<void> {
    const failed = newest;
    newest = undefined;
    await failed?.file.close().catch(() => {});
  }

  /** The oldest segment that holds a message, and the one behind it, which is made if there is none. */
  async function oldestTwo(): Promise<[SegmentFile, SegmentFile] | undefined> {
    let [oldest, following] = await listSegments(disk, folder);
    if (!oldest || (!following && oldest.size <= HEADER_BYTES)) return undefined;
    if (!following) {
      await roll();
      [oldest, following] = await listSegments(disk, folder);
    }
    return oldest && following && [oldest, following];
  }

  async function giveUp(reason: DropReason): Promise<number> {
    newest ??= await recover();
    const two = await oldestTwo();
    if (!two) return 0;
    const [oldest, following] = two;
    const dropped = { first: oldest.first, last: following.first - 1, reason };
    const ranges = withDropped(await readDropped(disk, folder, streamId), dropped);
    await writeDropped(disk, folder, streamId, ranges);
    await disk.remove(oldest.path);
    await disk.syncFolder(folder);
    return dropped.last - dropped.first + 1;
  }

  /** A segment's end is known by the next one's begin, so none grows old, even when nothing more comes. */
  async function oldestEnded(): Promise<number | undefined> {
    const isOld = newest && newest.file.size > HEADER_BYTES && elapsed.now() - newest.begunAt > segmentMs;
    if (isOld) await roll();
    const [oldest, ...others] = await listSegments(disk, folder);
    if (!oldest) return undefined;
    for (const { path } of others) {
      const begunAt = (await headerOf(disk, path))?.begunAt;
      if (begunAt !== undefined) return begunAt;
    }
    return oldest.size > HEADER_BYTES ? lastCommit : undefined;
  }

  newest = await recover();
  return {
    get streamId() {
      return streamId;
    },
    get next() {
      return next;
    },
    commit: (payloads, bytes) =>
      turn(async () => {
        try {
          const file = await fileFor(bytes);
          await file.write(encode(payloads, bytes));
          await file.sync();
        } catch (error) {
          await abandon();
          throw error;
        }
        lastCommit = elapsed.now();
        const first = next;
        next += payloads.length;
        return first;
      }),
    giveUp: (reason) => turn(() => giveUp(reason)),
    oldestEnded: () => turn(oldestEnded),
    close: () => turn(abandon),
  };
}
