import { crc32 } from 'node:zlib';
import { formatUuid, parseUuid } from '../uuid.ts';
import { MAX_MESSAGE_BYTES, type OutboxRecord } from './outbox.ts';

// A segment file, all numbers big-endian:
//   header  8 bytes magic | u32 format version | 16 bytes stream id | u64 first number | u64 known elapsed time
//           when it was begun, ms | u32 CRC of these; version 1 has no time
//   record  u32 payload length | u32 CRC | u64 local number | payload
// A record's CRC covers number and payload and starts from the stream id's CRC, so that bytes which only look
// like a record, in a payload or left over from another folder, do not pass for one.

export const HEADER_BYTES = 48;
export const RECORD_HEADER_BYTES = 16;
export const MAX_RECORD_BYTES = RECORD_HEADER_BYTES + MAX_MESSAGE_BYTES;

const MAGIC = Buffer.from('SKERRYOB', 'latin1');
const FORMAT_VERSION = 2;
/** Bytes of a header by its format version. */
const headerBytes: Readonly<Record<number, number>> = { 1: 40, 2: HEADER_BYTES };
/** No record begins before, whatever a header's damage hides. */
export const LEAST_HEADER_BYTES = 40;
const NAME = /^(\d{20})\.seg$/;

export interface SegmentHeader {
  readonly streamId: string;
  readonly first: number;
  /** Known elapsed time when the segment was begun, ms; none is in a header of version 1. */
  readonly begunAt: number | undefined;
}

export interface ReadHeader extends SegmentHeader {
  /** Where the records begin. */
  readonly bytes: number;
}

/** `NNNNNNNNNNNNNNNNNNNN.seg`, after the number of its first record. */
export const segmentName = (first: number): string => `${String(first).padStart(20, '0')}.seg`;

/** The number in a segment's name; undefined for any other name. */
export function firstOfName(name: string): number | undefined {
  const digits = NAME.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

export function encodeHeader({ streamId, first, begunAt }: SegmentHeader & { begunAt: number }): Uint8Array {
  const bytes = Buffer.alloc(HEADER_BYTES);
  MAGIC.copy(bytes);
  bytes.writeUInt32BE(FORMAT_VERSION, 8);
  bytes.set(parseUuid(streamId), 12);
  writeNumber(bytes, 28, first);
  writeNumber(bytes, 36, Math.round(begunAt));
  bytes.writeUInt32BE(crc32(bytes.subarray(0, 44)), 44);
  return bytes;
}

/** Undefined when the bytes are no whole header of a format that is known. */
export function decodeHeader(start: Uint8Array): ReadHeader | undefined {
  const buffer = asBuffer(start);
  if (buffer.length < 12 || !buffer.subarray(0, 8).equals(MAGIC)) return undefined;
  const bytes = headerBytes[buffer.readUInt32BE(8)] ?? Infinity;
  if (buffer.length < bytes) return undefined;
  if (buffer.readUInt32BE(bytes - 4) !== crc32(buffer.subarray(0, bytes - 4))) return undefined;
  return {
    streamId: formatUuid(buffer.subarray(12, 28)),
    first: readNumber(buffer, 28),
    begunAt: bytes === HEADER_BYTES ? readNumber(buffer, 36) : undefined,
    bytes,
  };
}

/** Where every record's CRC of a stream starts from. */
export const crcSeed = (streamId: string): number => crc32(parseUuid(streamId));

/** Puts a record into `target` at `at`, which must have room; returns where it ends. */
export function writeRecord(
  target: Buffer,
  at: number,
  number: number,
  payload: Uint8Array | string,
  seed: number,
): number {
  const start = at + RECORD_HEADER_BYTES;
  const length =
    typeof payload === 'string' ? target.write(payload, start, 'utf8') : put(target, start, payload);
  target.writeUInt32BE(length, at);
  writeNumber(target, at + 8, number);
  target.writeUInt32BE(crc32(target.subarray(at + 8, start + length), seed), at + 4);
  return start + length;
}

export interface Scan {
  /** Good records, numbered from `expected` without a gap. */
  readonly records: OutboxRecord[];
  /** Where the last of them ends. */
  readonly end: number;
}

/** Reads from `at` until a record is bad, cut short or not `expected`, or `maxBytes` of payload are passed. */
export function scanRecords(
  bytes: Uint8Array,
  at: number,
  expected: number,
  seed: number,
  maxBytes: number,
): Scan {
  const buffer = asBuffer(bytes);
  const records: OutboxRecord[] = [];
  let end = at;
  let room = maxBytes;
  for (let number = expected; isRecord(buffer, end, number, seed); number++) {
    const length = buffer.readUInt32BE(end);
    if (length > room && records.length > 0) break;
    const start = end + RECORD_HEADER_BYTES;
    end = start + length;
    room -= length;
    records.push({ number, payload: buffer.subarray(start, end) });
  }
  return { records, end };
}

/** The first good record after `at` with a number from `expected` on: how reading goes on after a bad one. */
export function findRecord(
  bytes: Uint8Array,
  at: number,
  expected: number,
  seed: number,
): { at: number; number: number } | undefined {
  const buffer = asBuffer(bytes);
  const last = expected + Math.floor((buffer.length - at) / RECORD_HEADER_BYTES);
  for (let position = at + 1; position + RECORD_HEADER_BYTES <= buffer.length; position++) {
    const number = readNumber(buffer, position + 8);
    if (number < expected || number > last) continue;
    if (isRecord(buffer, position, number, seed)) return { at: position, number };
  }
  return undefined;
}

/**
 * The number due behind bytes at a segment's end in which no record is good. Of the records that begin there all but
 * the last were written whole, and so somebody may have been told that they are safe; the last one only where it is
 * as long as it says, or good at another length: otherwise it is what a power cut left of it.
 */
export function dueBehind(bytes: Uint8Array, expected: number, streamId: string): number {
  const buffer = asBuffer(bytes);
  if (buffer.length < RECORD_HEADER_BYTES) return expected;
  let due = expected;
  let begun = 0;
  for (let at = 0; at + RECORD_HEADER_BYTES <= buffer.length; at++) {
    const number = readNumber(buffer, at + 8);
    if (number < due || number - due > (at - begun) / RECORD_HEADER_BYTES) continue;
    due = number + 1;
    begun = at;
  }
  const last = Math.max(expected, due - 1);
  return isWhole(buffer, begun, crcSeed(streamId)) ? last + 1 : last;
}

/** Nothing that is appended later is shorter than a record's header, so its end cannot be missed by more. */
function isWhole(buffer: Buffer, at: number, seed: number): boolean {
  const length = buffer.readUInt32BE(at);
  if (length > 0 && at + RECORD_HEADER_BYTES + length <= buffer.length) return true;
  const crc = buffer.readUInt32BE(at + 4);
  for (let end = buffer.length; end > buffer.length - RECORD_HEADER_BYTES && end > at + 8; end--)
    if (crc32(buffer.subarray(at + 8, end), seed) === crc) return true;
  return false;
}

function isRecord(buffer: Buffer, at: number, number: number, seed: number): boolean {
  const start = at + RECORD_HEADER_BYTES;
  if (start > buffer.length || readNumber(buffer, at + 8) !== number) return false;
  const length = buffer.readUInt32BE(at);
  if (length > MAX_MESSAGE_BYTES || start + length > buffer.length) return false;
  return crc32(buffer.subarray(at + 8, start + length), seed) === buffer.readUInt32BE(at + 4);
}

function put(target: Buffer, at: number, payload: Uint8Array): number {
  target.set(payload, at);
  return payload.length;
}

function writeNumber(target: Buffer, at: number, number: number): void {
  target.writeUInt32BE(Math.floor(number / 2 ** 32), at);
  target.writeUInt32BE(number % 2 ** 32, at + 4);
}

const readNumber = (bytes: Buffer, at: number) =>
  bytes.readUInt32BE(at) * 2 ** 32 + bytes.readUInt32BE(at + 4);

const asBuffer = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
