import { hash } from 'node:crypto';
import { z } from 'zod';

/** Streams by priority, the most urgent first. */
export const streamNames = ['alarm', 'event', 'result', 'telemetry', 'sample', 'log'] as const;
export const streamName = z.enum(streamNames);
export type StreamName = z.infer<typeof streamName>;

/** Running hash of a stream: 64 hexadecimal digits. */
export const streamHash = z.string().regex(/^[0-9a-f]{64}$/);

/** The hash before the first message of an epoch. */
export const emptyStreamHash = '0'.repeat(64);

/** The running hash after one more message: SHA-256 over the hash before it and the event's own text. */
export function nextStreamHash(before: string, eventText: string): string {
  return hash('sha256', `${before}\n${eventText}`);
}
