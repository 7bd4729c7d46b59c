import { createHash } from 'node:crypto';
import { z } from 'zod';

/** Streams by priority, the most urgent first. */
export const streamNames = ['alarm', 'event', 'result', 'telemetry', 'sample', 'log'] as const;
export const streamName = z.enum(streamNames);
export type StreamName = z.infer<typeof streamName>;

const DAY_MS = 86_400_000;

/**
 * How long a message waits for the hub before a drop notice takes its place, in ms of known elapsed time; Infinity
 * for as long as there is room.
 */
export const streamTtlMs: Readonly<Record<StreamName, number>> = {
  alarm: Infinity,
  event: Infinity,
  result: 180 * DAY_MS,
  telemetry: 180 * DAY_MS,
  sample: 90 * DAY_MS,
  log: 14 * DAY_MS,
};

/** Running hash of a stream: 64 hexadecimal digits. */
export const streamHash = z.string().regex(/^[0-9a-f]{64}$/);

/** The hash before the first message of an epoch. */
export const emptyStreamHash = '0'.repeat(64);

/** The running hash after one more message: SHA-256 over the hash before it and the event's own text. */
export function nextStreamHash(before: string, eventText: string): string {
  return createHash('sha256').update(before).update('\n').update(eventText).digest('hex');
}
