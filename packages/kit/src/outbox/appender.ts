import type { AppendFile } from '../ports/disk.ts';
import { MAX_SEGMENT_BYTES, type OutboxWriterOptions } from './outbox.ts';
import { recoverFolder } from './recover.ts';
import { crcSeed, encodeHeader, RECORD_HEADER_BYTES, segmentName, writeRecord } from './segment.ts';

export type Payload = Uint8Array | string;

/** The newest segment of a folder, and the ones that follow it. One call at a time. */
export interface Appender {
  readonly streamId: string;
  /** The number that the next record gets. */
  readonly next: number;
  /** Writes all of them and syncs, once. Resolves with the first one's number; `bytes` is their size as records. */
  commit(payloads: readonly Payload[], bytes: number): Promise<number>;
  close(): Promise<void>;
}

/** Bytes of a payload as a record. */
export const recordBytes = (payload: Payload): number => RECORD_HEADER_BYTES + Buffer.byteLength(payload);

/**
 * After any error of the disk the segment is given up and the folder recovered as at a start, since what is in a
 * file after a failed write or sync is not known: what is good there stays, though its sender was told no.
 */
export async function openAppender(
  options: Pick<OutboxWriterOptions, 'disk' | 'clock' | 'random' | 'folder'>,
): Promise<Appender> {
  const { disk, folder } = options;
  let { streamId, next } = await recoverFolder(options);
  let segment: AppendFile | undefined = await newSegment();
  let scratch = Buffer.allocUnsafe(16 * 1024);

  async function newSegment(): Promise<AppendFile> {
    const file = await disk.openAppend(`${folder}/${segmentName(next)}`);
    await file.write(encodeHeader({ streamId, first: next, begunAt: 0 }));
    await file.sync();
    return file;
  }

  async function segmentFor(bytes: number): Promise<AppendFile> {
    if (!segment) {
      ({ streamId, next } = await recoverFolder(options));
      segment = await newSegment();
    } else if (segment.size + bytes > MAX_SEGMENT_BYTES) {
      await segment.close();
      segment = await newSegment();
    }
    return segment;
  }

  function encode(payloads: readonly Payload[], bytes: number): Uint8Array {
    if (scratch.length < bytes) scratch = Buffer.allocUnsafe(bytes * 2);
    const seed = crcSeed(streamId);
    let at = 0;
    let number = next;
    for (const payload of payloads) at = writeRecord(scratch, at, number++, payload, seed);
    return scratch.subarray(0, at);
  }

  async function giveUp(): Promise<void> {
    const failed = segment;
    segment = undefined;
    await failed?.close().catch(() => {});
  }

  return {
    get streamId() {
      return streamId;
    },
    get next() {
      return next;
    },
    async commit(payloads, bytes) {
      try {
        const file = await segmentFor(bytes);
        await file.write(encode(payloads, bytes));
        await file.sync();
      } catch (error) {
        await giveUp();
        throw error;
      }
      const first = next;
      next += payloads.length;
      return first;
    },
    async close() {
      await segment?.close();
      segment = undefined;
    },
  };
}
