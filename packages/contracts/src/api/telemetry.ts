import { z } from 'zod';
import { producer } from '../link/session.ts';
import { event } from '../messages/event.ts';
import { streamName } from '../messages/stream.ts';
import { instant } from '../names.ts';

/** `GET …/devices/{name}/messages?stream=&after=&limit=`, in the order of arrival; `limit` is at most 5000. */
export const storedMessage = z.object({
  producer,
  stream: streamName,
  epoch: z.number().int(),
  number: z.number().int(),
  receivedAt: instant,
  /** When it was made, as well as anybody knows. */
  time: instant,
  /** False: the device did not know the time, and never learnt it in that boot; it was made between the two below. */
  timeKnown: z.boolean(),
  /** What the device's clock said. */
  deviceTime: instant.optional(),
  /** Made after the message before it in its stream; absent where that has no date either. */
  notBefore: instant.optional(),
  notAfter: instant.optional(),
  event,
});
export type StoredMessage = z.infer<typeof storedMessage>;

export const dropNotice = z.object({
  epoch: z.number().int(),
  /** First and last number that it covers. */
  first: z.number().int(),
  last: z.number().int(),
  /**
   * `corrupt`, `quota`, `expired`, `lost`; `hub-restored`: delivered, and lost with the hub; `epoch-lost`: the same for
   * whatever came from `first` of that epoch on until the next epoch in the hub, nobody knows how much.
   */
  why: z.string(),
  ids: z.array(z.string()),
  at: instant,
});
export type DropNotice = z.infer<typeof dropNotice>;

/** `GET …/devices/{name}/streams`. */
export const streamSummary = z.object({
  producer,
  stream: streamName,
  epoch: z.number().int(),
  /** Messages in the hub, drop notices not counted. */
  delivered: z.number().int(),
  /** Distinct (source, id) among them. */
  distinct: z.number().int(),
  /** Number that the hub expects next. */
  expected: z.number().int(),
  dropped: z.array(dropNotice),
});
export type StreamSummary = z.infer<typeof streamSummary>;
