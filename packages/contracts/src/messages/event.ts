import { z } from 'zod';
import { instant } from '../names.ts';

/**
 * CloudEvents 1.0 in JSON, with three extension attributes of ours that say how far `time` can be trusted:
 * `bootid`, `bootms` (milliseconds since that boot, monotonic) and `timeknown`.
 * `source` and `id` together are unique and derived from what was measured, never random, so that a repeat is seen.
 */
export const event = z.looseObject({
  specversion: z.literal('1.0'),
  id: z.string().min(1).max(256),
  source: z.string().min(1).max(512),
  type: z.string().min(1).max(128),
  time: instant.optional(),
  subject: z.string().max(512).optional(),
  datacontenttype: z.string().max(128).optional(),
  bootid: z.string().max(36),
  bootms: z.number().nonnegative(),
  timeknown: z.boolean(),
  data: z.unknown().optional(),
});
export type Event<Data = unknown> = z.infer<typeof event> & { data: Data };

export const eventTypes = {
  result: 'dev.skerry.result.v1',
  sample: 'dev.skerry.sample.v1',
  dropped: 'dev.skerry.dropped.v1',
  deviceEvent: 'dev.skerry.event.v1',
} as const;

/** The model that answered. */
const answeredBy = z.object({ name: z.string(), version: z.string(), digest: z.string().optional() });

/** Data of a `result`: what the model said about one frame. */
export const resultData = z.object({
  label: z.string().optional(),
  confidence: z.number().optional(),
  outputs: z.record(z.string(), z.unknown()).optional(),
  model: answeredBy,
  /** Microseconds that the model took. */
  latencyUs: z.number().nonnegative(),
});
export type ResultData = z.infer<typeof resultData>;

/** Data of a `sample`: an input kept for learning, with the model's answer and why it was kept. */
export const sampleData = resultData.extend({
  /** The rule that kept it, such as `confidence < 0.8`. */
  reason: z.string(),
  input: z.object({ contentType: z.string(), base64: z.string() }),
});
export type SampleData = z.infer<typeof sampleData>;

/** Data of a drop notice: it takes the place of what is gone, and in a stream the numbers of all of it. */
export const droppedData = z.object({
  /** Ids of the events that it covers, where they are known. */
  ids: z.array(z.string()).optional(),
  /** How many messages are gone. */
  count: z
    .number()
    .int()
    .positive()
    .max(2 ** 48),
  why: z.enum(['corrupt', 'quota', 'expired', 'hub-restored', 'lost']),
});
export type DroppedData = z.infer<typeof droppedData>;

/** Data of a device's own event: a transition or an action. */
export const deviceEventData = z.object({
  severity: z.enum(['Normal', 'Warning']),
  /** A code of the catalogue. */
  reason: z.string().max(64),
  message: z.string().max(1024),
  /** What it is about, such as `model/digits`. */
  about: z.string().max(256).optional(),
});
export type DeviceEventData = z.infer<typeof deviceEventData>;
