import { z } from 'zod';
import { streamName } from '../messages/stream.ts';
import { producer } from './session.ts';

/**
 * `up/batch` is `u32 length | header JSON | gzip(body)`, big-endian. The body is CloudEvents' JSON batch format
 * (a JSON array), one event a line, so that a reader has each event's own bytes for the running hash.
 */
export const batchHeader = z.object({
  session: z.uuid(),
  producer,
  stream: streamName,
  epoch: z.number().int().positive(),
  /** Number of the first event; the others follow without gaps, behind a drop notice after all that it covers. */
  first: z.number().int().positive(),
  /** Events in the body. */
  count: z.number().int().positive().max(5000),
});
export type BatchHeader = z.infer<typeof batchHeader>;

/** Bytes of a batch's body before compression, at most: room for five hundred readings and more. */
export const maxBatchBytes = 320 * 1024;
/** Bytes of it after compression, at most: with header and topic it fits into a packet. */
export const maxPackedBatchBytes = 240 * 1024;
/** Bytes of one event, at most. */
export const maxEventBytes = 192 * 1024;

/** Joins events (each the UTF-8 JSON of one, without a line break) to the body of a batch. */
export function joinEvents(events: readonly string[]): string {
  return `[\n${events.join(',\n')}\n]`;
}

/** The events' own texts, or undefined when the body is not framed as {@link joinEvents} does. */
export function splitEvents(body: string): string[] | undefined {
  if (!body.startsWith('[\n{') || !body.endsWith('}\n]')) return undefined;
  return body.slice(2, -2).split(',\n');
}

/** A packet of header and compressed body. */
export function encodeBatch(header: BatchHeader, compressedBody: Uint8Array): Uint8Array {
  const head = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(head.length);
  return Buffer.concat([length, head, compressedBody]);
}

/** Header and still compressed body, or undefined when the packet is malformed. */
export function decodeBatch(
  packet: Uint8Array,
): { header: BatchHeader; compressedBody: Uint8Array } | undefined {
  if (packet.length < 4) return undefined;
  const length = new DataView(packet.buffer, packet.byteOffset).getUint32(0);
  if (length > 1024 || packet.length < 4 + length) return undefined;
  try {
    const header = batchHeader.parse(JSON.parse(Buffer.from(packet.subarray(4, 4 + length)).toString()));
    return { header, compressedBody: packet.subarray(4 + length) };
  } catch {
    return undefined;
  }
}
