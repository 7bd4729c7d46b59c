import { z } from 'zod';
import { parseDuration, parseSize, size } from '../units.ts';
import { type StreamName, streamName, streamNames } from './stream.ts';

const DAY_MS = 86_400_000;
const MIN_QUOTA_BYTES = 2 * 2 ** 20;

/**
 * How long a message of a stream waits for the hub before a drop notice takes its place, in ms of known elapsed
 * time; Infinity for as long as there is room.
 */
export type StreamTtls = Readonly<Record<StreamName, number>>;

export const defaultTtls: StreamTtls = {
  alarm: Infinity,
  event: Infinity,
  result: 180 * DAY_MS,
  telemetry: 180 * DAY_MS,
  sample: 90 * DAY_MS,
  log: 14 * DAY_MS,
};

const override = new RegExp(`^(${streamNames.join('|')})=(.+)$`);

function parseTtls(text: string): Partial<StreamTtls> | undefined {
  const ttls: Partial<Record<StreamName, number>> = {};
  for (const part of text === '' ? [] : text.split(',')) {
    const [, stream, duration = ''] = override.exec(part) ?? [];
    const ttl = duration === 'never' ? Infinity : parseDuration(duration);
    if (stream === undefined || ttl === undefined) return undefined;
    ttls[stream as StreamName] = ttl;
  }
  return ttls;
}

/** `STREAM=DURATION,…` in place of the defaults, `never` for what does not expire, as times to live. */
export const streamTtls = z
  .string()
  .refine(
    (text) => parseTtls(text) !== undefined,
    'must be streams and durations such as sample=30d,result=never',
  )
  .transform((text): StreamTtls => ({ ...defaultTtls, ...parseTtls(text) }));

/** The same as {@link streamTtls} reads it. */
export function streamTtlsText(ttls: StreamTtls): string {
  const text = (ms: number) => (ms === Infinity ? 'never' : `${ms}ms`);
  return streamNames.map((name) => `${name}=${text(ttls[name])}`).join(',');
}

/** Bytes that an outbox may have. Less would not hold one large message beside what must always be written. */
export const outboxQuota = size
  .refine((text) => parseSize(text)! >= MIN_QUOTA_BYTES, 'must be 2Mi at least')
  .transform((text) => parseSize(text)!);

/** Messages of a stream that were given up since the process began, and why. */
export const outboxDrops = z.object({
  stream: streamName,
  reason: z.enum(['quota', 'expired']),
  count: z.number().int().nonnegative(),
});
