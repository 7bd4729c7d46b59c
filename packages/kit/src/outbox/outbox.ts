import type { Clock, Stop } from '../ports/clock.ts';
import type { Disk } from '../ports/disk.ts';
import type { Logger } from '../ports/logger.ts';
import type { Random } from '../ports/random.ts';
import type { TimeSource } from './elapsed.ts';

/** Largest payload of one record. */
export const MAX_MESSAGE_BYTES = 192 * 1024;
export const MAX_SEGMENT_BYTES = 8 * 1024 * 1024;
const MIN_SEGMENT_BYTES = 16 * 1024;

/** Why a producer gave messages up: for want of room, or of age. */
export type DropReason = 'quota' | 'expired';

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
  /**
   * `corrupt`: bytes that fail their CRC. `missing`: no segment holds them. `quota`, `expired`: the producer gave
   * them up, and left a notice.
   */
  readonly reason: 'corrupt' | 'missing' | DropReason;
}

/**
 * Writes a producer's streams. One process a folder; the caller sees to that. The folder never holds more bytes than
 * its limit: the least urgent stream gives room first, its oldest segment first, and what is given up gets a drop
 * notice before it goes.
 */
export interface OutboxProducer<Name extends string> {
  /**
   * Resolves with the local number once the message survives a power cut. Rejects with `MessageTooLarge`,
   * `OutboxFull` (quota, disk or queue), `StorageFailed` or `Unavailable`: then nothing was promised, though the
   * message may still be sent. Send again with the same event id.
   */
  append(stream: Name, payload: Uint8Array | string): Promise<number>;
  /** What was given up since the folder was opened. The hub may have some of it: it was not acknowledged as a whole. */
  drops(): OutboxDrops<Name>[];
  /** Commits what is queued. */
  close(): Promise<void>;
}

export interface OutboxDrops<Name extends string> {
  readonly stream: Name;
  readonly reason: DropReason;
  /** Messages. */
  readonly count: number;
}

export interface OutboxProducerOptions<Name extends string> {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** `outbox/PRODUCER`, made if it is not there. */
  readonly folder: string;
  /** Bytes: the producer's {@link outboxShares part} of the outbox's quota. */
  readonly limit: number;
  /** The most urgent first. `ttlMs` counts known elapsed time; Infinity for ever. */
  readonly streams: readonly { readonly name: Name; readonly ttlMs: number }[];
  readonly time: TimeSource;
}

/**
 * What each producer may have of an outbox's quota, bytes. No process waits for another: each keeps to its own part,
 * so the parts together never pass the whole.
 */
export function outboxShares(quota: number): { readonly agent: number; readonly runtime: number } {
  const agent = Math.min(MAX_AGENT_BYTES, Math.floor(quota / 8));
  return { agent, runtime: quota - agent };
}

/** The device's own events need no more. */
const MAX_AGENT_BYTES = 16 * 1024 * 1024;

/** Smaller where there is little room, so that little is given up at a time. */
export function segmentBytesFor(limit: number): number {
  return Math.min(MAX_SEGMENT_BYTES, Math.max(MIN_SEGMENT_BYTES, Math.floor(limit / 16)));
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
  /** Lowest local number that can be told of: a message is held under it, or a drop notice. */
  readonly first: number;
  /** One above the highest number held, be it of a damaged record; equal to `first` when nothing can be told. */
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
  /** Of the folder as it was read last; undefined while it was not. */
  readonly streamId: string | undefined;
  /** Whether all was read that was in the folder at the last release. */
  readonly isAtEnd: boolean;
  /** Whether the newest segment is another, or longer, than when this was last asked; one look at the folder, and no file opened. */
  hasChanged(): Promise<boolean>;
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
