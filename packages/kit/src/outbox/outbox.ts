import type { Clock, Stop } from '../ports/clock.ts';
import type { Disk } from '../ports/disk.ts';
import type { Random } from '../ports/random.ts';

/** Largest payload of one record. */
export const MAX_MESSAGE_BYTES = 192 * 1024;
export const MAX_SEGMENT_BYTES = 8 * 1024 * 1024;

export interface OutboxRecord {
  /** Local number: gapless from 1 for the folder's lifetime. */
  readonly number: number;
  /** UTF-8 JSON of one CloudEvent. */
  readonly payload: Uint8Array;
}

/** Numbers, first and last included, whose records are gone. */
export interface OutboxGap {
  readonly first: number;
  readonly last: number;
  /** `corrupt`: bytes that fail their CRC. `missing`: no segment holds them. */
  readonly reason: 'corrupt' | 'missing';
}

/** Appends to one stream's folder. One writer a folder; the caller sees to that. */
export interface OutboxWriter {
  /** UUID of the folder, made when it was. */
  readonly streamId: string;
  /** The number that the next message gets. */
  readonly next: number;
  /**
   * Resolves with the local number once the message survives a power cut. Rejects with `MessageTooLarge`,
   * `OutboxFull` (quota, disk or queue), `StorageFailed` or `Unavailable`: then nothing was promised, though the
   * message may still be sent. Send again with the same event id.
   */
  append(payload: Uint8Array | string): Promise<number>;
  /** Commits what is queued. */
  close(): Promise<void>;
}

export interface OutboxWriterOptions {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly random: Random;
  /** `outbox/PRODUCER/STREAM`, made if it is not there. */
  readonly folder: string;
  /** Shared by all writers of a process under one outbox root. */
  readonly quota: OutboxQuota;
}

/** Bytes of a whole outbox root, whoever wrote them. */
export interface OutboxQuota {
  readonly limit: number;
  /** As of the last look at the disk, with what this process reserved since. */
  readonly used: number;
  /** Counts `bytes` that are about to be written; false when they would pass the limit. */
  reserve(bytes: number): boolean;
  /** Gives back what was reserved and will not be written. */
  cancel(bytes: number): void;
  /** Ends a reservation: the bytes are in a file, which the next look at the disk counts. */
  written(bytes: number): void;
  /** Looks at the disk now. */
  refresh(): Promise<void>;
  stop(): void;
}

export interface OutboxQuotaOptions {
  readonly disk: Disk;
  readonly clock: Clock;
  /** The folder above all PRODUCER folders. */
  readonly root: string;
  /** Bytes. */
  readonly limit: number;
  /** Between two looks at the disk, ms. Default two seconds; longer where nobody else writes under the root. */
  readonly refreshMs?: number;
}

export interface OutboxBatch {
  /** Ascending. Records and gaps together cover every number from the one asked for to `next`, exclusive. */
  readonly records: OutboxRecord[];
  readonly gaps: OutboxGap[];
  /** Where to read on. */
  readonly next: number;
}

export interface OutboxRange {
  readonly streamId: string;
  /** Lowest local number held. */
  readonly first: number;
  /** One above the highest number held; equal to `first` when nothing is. */
  readonly next: number;
  /** Bytes of all segments. */
  readonly bytes: number;
}

/** Reads one stream's folder while its writer, in another process, goes on. One caller at a time. */
export interface OutboxReader {
  /** Undefined while the folder holds no segment. */
  range(): Promise<OutboxRange | undefined>;
  /** What is durable from number `from` on, until `maxBytes` of payload are passed; at least one record if any. */
  read(from: number, maxBytes: number): Promise<OutboxBatch>;
  /** A hint that there is more. May miss some: poll as well. */
  watch(onData: () => void): Stop;
  /** Unlinks the segments all of whose records are ≤ `upTo`, never the newest. Returns the bytes freed. */
  release(upTo: number): Promise<number>;
  close(): Promise<void>;
}

export interface OutboxStream {
  readonly producer: string;
  readonly stream: string;
  readonly folder: string;
}
