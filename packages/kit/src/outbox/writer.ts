import { isSkerryError } from '../errors.ts';
import type { AppendFile } from '../ports/disk.ts';
import { messageTooLarge, outboxClosed, outboxFull } from './errors.ts';
import {
  MAX_MESSAGE_BYTES,
  MAX_SEGMENT_BYTES,
  type OutboxWriter,
  type OutboxWriterOptions,
} from './outbox.ts';
import { recoverFolder } from './recover.ts';
import { crcSeed, encodeHeader, RECORD_HEADER_BYTES, segmentName, writeRecord } from './segment.ts';

/** Bytes that may wait for a commit, and bytes of one commit. */
const MAX_QUEUED_BYTES = 8 * 1024 * 1024;
const MAX_GROUP_BYTES = 1024 * 1024;

interface Waiting {
  readonly payload: Uint8Array | string;
  /** As a record. */
  readonly bytes: number;
  readonly resolve: (number: number) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Opens a folder for appending. One commit at a time; what is appended meanwhile goes into the next, so under
 * load many messages share one fdatasync.
 *
 * After any error of the disk the segment is given up and the folder recovered as at a start, since what is in a
 * file after a failed write or sync is not known: what is good there stays, though its sender was told no.
 */
export async function openOutboxWriter(options: OutboxWriterOptions): Promise<OutboxWriter> {
  const { disk, folder, quota } = options;
  let { streamId, next } = await recoverFolder(options);
  let seed = crcSeed(streamId);
  let segment: AppendFile | undefined = await newSegment();
  const waiting: Waiting[] = [];
  let queuedBytes = 0;
  let committing: Promise<void> | undefined;
  let closed = false;
  let scratch = Buffer.allocUnsafe(16 * 1024);

  async function newSegment(): Promise<AppendFile> {
    const file = await disk.openAppend(`${folder}/${segmentName(next)}`);
    await file.write(encodeHeader({ streamId, first: next }));
    await file.sync();
    return file;
  }

  async function segmentFor(bytes: number): Promise<AppendFile> {
    if (!segment) {
      ({ streamId, next } = await recoverFolder(options));
      seed = crcSeed(streamId);
      segment = await newSegment();
    } else if (segment.size + bytes > MAX_SEGMENT_BYTES) {
      await segment.close();
      segment = await newSegment();
    }
    return segment;
  }

  function takeGroup(): Waiting[] {
    let bytes = 0;
    const end = waiting.findIndex((message) => {
      bytes += message.bytes;
      return bytes > MAX_GROUP_BYTES;
    });
    return end === -1 ? waiting.splice(0) : waiting.splice(0, end);
  }

  function encodeGroup(group: readonly Waiting[], bytes: number): Uint8Array {
    if (scratch.length < bytes) scratch = Buffer.allocUnsafe(Math.min(MAX_GROUP_BYTES, bytes * 2));
    let at = 0;
    let number = next;
    for (const { payload } of group) at = writeRecord(scratch, at, number++, payload, seed);
    return scratch.subarray(0, at);
  }

  async function commit(group: readonly Waiting[], bytes: number): Promise<void> {
    const file = await segmentFor(bytes);
    await file.write(encodeGroup(group, bytes));
    await file.sync();
    quota.written(bytes);
    for (const { resolve } of group) resolve(next++);
  }

  async function refuse(group: readonly Waiting[], bytes: number, error: unknown): Promise<void> {
    quota.cancel(bytes);
    const reason = isSkerryError(error, 'DiskFull') ? outboxFull('the disk is full', error) : error;
    for (const { reject } of group) reject(reason);
    const failed = segment;
    segment = undefined;
    await failed?.close().catch(() => {});
  }

  async function commitAll(): Promise<void> {
    while (waiting.length > 0) {
      const group = takeGroup();
      const bytes = group.reduce((sum, message) => sum + message.bytes, 0);
      await commit(group, bytes).catch((error) => refuse(group, bytes, error));
      queuedBytes -= bytes;
    }
    committing = undefined;
  }

  function whyNot(length: number, bytes: number) {
    if (closed) return outboxClosed();
    if (length > MAX_MESSAGE_BYTES) return messageTooLarge(length);
    if (queuedBytes + bytes > MAX_QUEUED_BYTES) return outboxFull('too many messages wait for the disk');
    if (!quota.reserve(bytes)) return outboxFull(`the quota of ${quota.limit} bytes is used up`);
    return undefined;
  }

  return {
    get streamId() {
      return streamId;
    },
    get next() {
      return next;
    },
    append(payload) {
      const length = typeof payload === 'string' ? Buffer.byteLength(payload) : payload.length;
      const bytes = RECORD_HEADER_BYTES + length;
      const refused = whyNot(length, bytes);
      if (refused) return Promise.reject(refused);
      queuedBytes += bytes;
      return new Promise((resolve, reject) => {
        waiting.push({ payload, bytes, resolve, reject });
        committing ??= commitAll();
      });
    },
    async close() {
      closed = true;
      await committing;
      await segment?.close();
      segment = undefined;
    },
  };
}
