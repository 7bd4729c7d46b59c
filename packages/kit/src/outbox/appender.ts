import { inTurn } from '../in-turn.ts';
import type { AppendFile, Disk } from '../ports/disk.ts';
import type { Elapsed } from './elapsed.ts';
import { giveUpOldest, oldestEnd } from './oldest.ts';
import type { DropReason } from './outbox.ts';
import { recoverFolder, type StreamPorts } from './recover.ts';
import {
  crcSeed,
  decodeHeader,
  encodeHeader,
  HEADER_BYTES,
  RECORD_HEADER_BYTES,
  segmentName,
  writeRecord,
} from './segment.ts';
import { endOf, type Place } from './segments.ts';

export type Payload = Uint8Array | string;

/** The segments of a stream's folder: the newest grows, the oldest may be given up. */
export interface Appender {
  /** Writes all of them and syncs, once. Resolves with the first one's number; `bytes` is their size as records. */
  commit(payloads: readonly Payload[], bytes: number): Promise<number>;
  /**
   * Gives up the oldest segment: first the notice, durably, then the file. Resolves with how many messages that
   * were; 0 when there is none.
   */
  giveUp(reason: DropReason): Promise<number>;
  /** Whether the oldest segment had its last record before that moment of known elapsed time; false when there is none. */
  endedBefore(moment: number): Promise<boolean>;
  close(): Promise<void>;
}

export interface AppenderOptions extends StreamPorts {
  readonly elapsed: Elapsed;
  /** Size at which a segment is followed by the next. */
  readonly segmentBytes: number;
  /** Age at which it is as well, in known elapsed time, ms; looked at by `endedBefore`. */
  readonly segmentMs: number;
}

/** Bytes of a payload as a record. */
export const recordBytes = (payload: Payload): number => RECORD_HEADER_BYTES + Buffer.byteLength(payload);

interface Newest {
  readonly path: string;
  readonly file: AppendFile;
  readonly begunAt: number;
  /** Where the last commit begins. */
  last: Place;
}

/** So long after a look, in known elapsed time, header and last commit are looked at again. */
const LOOK_AGAIN_MS = 3_600_000;

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
  /** Known elapsed time of the last commit to the newest segment, and of the last look at it. */
  let lastCommit = 0;
  let lastLook = 0;
  /** The oldest segment ended then or later: what comes after it is younger still. */
  let oldestEndedAt = 0;
  let scratch = Buffer.allocUnsafe(16 * 1024);

  /** The name is there with a whole header, or it is not there: the stream id is never lost over a power cut. */
  async function begin(): Promise<Newest> {
    const path = `${folder}/${segmentName(next)}`;
    const begunAt = elapsed.now();
    await disk.writeAtomic(path, encodeHeader({ streamId, first: next, begunAt }));
    const file = await disk.openAppend(path);
    return { path, file, begunAt, last: { number: next, offset: file.size } };
  }

  async function recover(): Promise<Newest> {
    const found = await recoverFolder(options, streamId === '' ? undefined : { streamId, next });
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

  async function newestFor(bytes: number): Promise<Newest> {
    newest ??= await recover();
    const { size } = newest.file;
    if (size + bytes > segmentBytes && size > HEADER_BYTES) await roll();
    return newest;
  }

  /**
   * Damage before the last commit shows by what lies behind; damage of that, and of the header, which readers may need,
   * shows once another segment follows.
   */
  async function isDamaged(at: Newest): Promise<boolean> {
    if (elapsed.now() - lastLook < LOOK_AGAIN_MS) return false;
    lastLook = elapsed.now();
    return !(await isWhole(disk, at, streamId, next));
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

  newest = await recover();
  return {
    commit: (payloads, bytes) =>
      turn(async () => {
        try {
          const at = await newestFor(bytes);
          at.last = { number: next, offset: at.file.size };
          await at.file.write(encode(payloads, bytes));
          await at.file.sync();
        } catch (error) {
          await abandon();
          throw error;
        }
        lastCommit = elapsed.now();
        const first = next;
        next += payloads.length;
        return first;
      }),
    giveUp: (reason) =>
      turn(async () => {
        newest ??= await recover();
        return giveUpOldest(options, streamId, reason, roll);
      }),
    endedBefore: (moment) =>
      turn(async () => {
        // A segment's end is known by the next one's begin: none grows old, even when nothing more comes.
        const isOld = (at: Newest) => at.file.size > HEADER_BYTES && elapsed.now() - at.begunAt > segmentMs;
        newest ??= await recover();
        if (isOld(newest) || (await isDamaged(newest))) await roll();
        if (moment <= oldestEndedAt) return false;
        const endedAt = await oldestEnd(options, lastCommit);
        oldestEndedAt = endedAt ?? elapsed.now();
        return endedAt !== undefined && endedAt < moment;
      }),
    close: () => turn(abandon),
  };
}

/** Whether the segment's header can be read, and from its last commit on each number before `next`. */
async function isWhole(disk: Disk, at: Newest, streamId: string, next: number): Promise<boolean> {
  const file = await disk.openRead(at.path);
  try {
    if (!decodeHeader(await file.read(0, HEADER_BYTES))) return false;
    return (await endOf(file, at.file.size, at.last, streamId)).number >= next;
  } finally {
    await file.close();
  }
}
