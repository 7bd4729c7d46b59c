import { z } from 'zod';
import { inventory } from '../identity/join.ts';
import { streamHash, streamName } from '../messages/stream.ts';
import { id, instant } from '../names.ts';

/** Who numbers the messages of a stream. */
export const producer = z.enum(['runtime', 'agent']);
export type Producer = z.infer<typeof producer>;

/** A stream is (device, producer, stream, epoch); numbers in it run from 1 without gaps. */
export const streamKey = z.object({ producer, stream: streamName });
export type StreamKey = z.infer<typeof streamKey>;

/** How far a stream was delivered in an epoch that the device cannot go on in. */
export const formerEpoch = z.object({
  epoch: z.number().int().positive(),
  /** Highest number acknowledged by the hub, 0 for none. */
  acknowledged: z.number().int().nonnegative(),
});
export type FormerEpoch = z.infer<typeof formerEpoch>;

/** What the device holds of one stream, at the start of every session. */
export const streamState = streamKey.extend({
  /** The epoch it numbers in; 0 asks the hub for a first or a new one. */
  epoch: z.number().int().nonnegative(),
  /** Lowest number that the device still holds; equal to `next` when it holds none. */
  lowest: z.number().int().positive(),
  /** Number of the next message that it will make. */
  next: z.number().int().positive(),
  /** Highest number acknowledged by the hub, 0 for none. */
  acknowledged: z.number().int().nonnegative(),
  /** Running hash up to `acknowledged`. */
  hash: streamHash,
  /** Where it asks for a new epoch: what a hub that was set back since does not know. */
  former: formerEpoch.optional(),
});
export type StreamState = z.infer<typeof streamState>;

/**
 * 32 random bytes, base64url. The hub issues a fresh one in every session; only the device that stored it can go
 * on from there, so of two with one disk the second is seen.
 */
export const continuationSecret = z.string().regex(/^[A-Za-z0-9_-]{43}$/);

/** `up/hello`: the first message of a session. */
export const hello = z.object({
  protocol: z.number().int().positive(),
  features: z.array(z.string().max(64)).max(256),
  /** Made anew for every session; the hub's answers repeat it. */
  session: id,
  /** Made anew at every boot of the agent. */
  bootId: id,
  streams: z.array(streamState).max(32),
  /** Boots that messages of this device name, and milliseconds since each: what dates them while it does not know the time. */
  boots: z
    .array(z.object({ id: z.string().max(36), ms: z.number().nonnegative() }))
    .max(4)
    .optional(),
  inventory,
  /** The newest continuation secret that the device has stored durably; absent before its first. */
  continuation: continuationSecret.optional(),
});
export type Hello = z.infer<typeof hello>;

/** What the hub wants of one stream. */
export const streamOrder = streamKey.extend({
  /** The epoch to number in from now on. If it differs from the device's, what is unacknowledged is renumbered from 1 in it, ids unchanged. */
  epoch: z.number().int().positive(),
  /** Number of the message that the hub expects next. */
  expected: z.number().int().positive(),
  /** Running hash up to `expected - 1`. */
  hash: streamHash,
  /** With another epoch: what is acknowledged and still there is renumbered as well, since the hub may have lost it. */
  all: z.boolean().optional(),
});
export type StreamOrder = z.infer<typeof streamOrder>;

/** `down/welcome`: the session is live; before it a device sends nothing but hello. */
export const welcome = z.object({
  session: id,
  protocol: z.number().int().positive(),
  /** The hub's clock when it wrote this. */
  time: instant,
  streams: z.array(streamOrder).max(32),
  /** ETag of the device's desired state. */
  desired: z.string().max(128).optional(),
  /** To be stored durably, and then confirmed. */
  continuation: continuationSecret.optional(),
  /** Version of the last report that the hub has stored; another than the device's own asks for a whole one. */
  reportVersion: z.number().int().nonnegative(),
});
export type Welcome = z.infer<typeof welcome>;

/** `down/ack`: everything up to `acknowledged` is stored in the hub. */
export const ack = streamKey.extend({
  session: id,
  epoch: z.number().int().positive(),
  acknowledged: z.number().int().nonnegative(),
  /** Running hash up to `acknowledged`. */
  hash: streamHash,
  /** Set when the hub took less than it was sent and the device should wait so long before it sends again. */
  retryAfterMs: z.number().int().nonnegative().optional(),
});
export type Ack = z.infer<typeof ack>;

/** `down/nudge`: "look": the desired state has another ETag now. */
export const nudge = z.object({ desired: z.string().max(128) });
export type Nudge = z.infer<typeof nudge>;

/** `up/confirm`: the continuation secret is stored durably of which this is the SHA-256, hexadecimal. */
export const confirm = z.object({ session: id, stored: z.string().regex(/^[0-9a-f]{64}$/) });
export type Confirm = z.infer<typeof confirm>;

/**
 * `down/busy`: instead of a welcome, or since another connection came under the device's identity (`SessionTakenOver`).
 * The device leaves, and comes back after so long; the hub has chosen the moment for it.
 */
export const busy = z.object({
  /** That of the hello which it answers. */
  session: id.optional(),
  retryAfterMs: z.number().int().nonnegative().max(3_600_000),
  /** A code of the catalogue, where it is more than that the hub has much to do. */
  reason: z.string().max(64).optional(),
});
export type Busy = z.infer<typeof busy>;
