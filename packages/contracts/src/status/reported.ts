import { z } from 'zod';
import { inventory } from '../identity/join.ts';
import type { Json } from '../merge-patch.ts';
import { outboxDrops } from '../messages/outbox.ts';
import { condition } from './conditions.ts';

/** A version of desired state: versions are ordered within an epoch of the hub. */
export const desiredVersion = z.object({
  epoch: z.number().int().positive(),
  version: z.number().int().positive(),
});
export type DesiredVersion = z.infer<typeof desiredVersion>;

const why = { reason: z.string().max(64).optional(), message: z.string().max(1024).optional() };
const latency = { p50Us: z.number().nonnegative().optional(), p99Us: z.number().nonnegative().optional() };

/** Phases of a model version or a pipeline on a device. */
export const phase = z.enum([
  'Waiting',
  'Pulling',
  'Accepting',
  'Loading',
  'Serving',
  'Refused',
  'Failed',
  'Unsupported',
]);
export type Phase = z.infer<typeof phase>;

const modelVersion = { version: z.string(), digest: z.string() };

export const reportedModel = z.object({
  /** The version that takes traffic; absent when none does. */
  serving: z.object({ ...modelVersion, ...latency }).optional(),
  /** The wanted version, while it is not the one that serves. */
  target: z.object({ ...modelVersion, ...latency, ...why, phase }).optional(),
});
export type ReportedModel = z.infer<typeof reportedModel>;

export const reportedPipeline = z.object({
  phase,
  ...why,
  ...latency,
  /** Where its source listens, on the device. */
  url: z.string().optional(),
  frames: z.number().int().nonnegative(),
  failed: z.number().int().nonnegative(),
  captured: z.number().int().nonnegative(),
});
export type ReportedPipeline = z.infer<typeof reportedPipeline>;

export const reportedStream = z.object({
  acknowledged: z.number().int().nonnegative(),
  waiting: z.number().int().nonnegative(),
  dropped: z.number().int().nonnegative(),
});
export type ReportedStream = z.infer<typeof reportedStream>;

/** What a device says of itself. No value in it is null, so that RFC 7396 can carry every change. */
export const reported = z.object({
  /** Desired state that the device works towards, and the one it last applied whole. */
  targeted: desiredVersion.optional(),
  applied: desiredVersion.optional(),
  /** `Recording`: what comes in is kept. Agents of before have none. */
  conditions: z
    .object({ UpToDate: condition, Ready: condition, Recording: condition, TimeKnown: condition })
    .partial(),
  models: z.record(z.string(), reportedModel),
  pipelines: z.record(z.string(), reportedPipeline),
  /** By `producer/stream`. */
  streams: z.record(z.string(), reportedStream),
  outbox: z
    .object({
      bytes: z.number().nonnegative(),
      quota: z.number().nonnegative(),
      drops: z.array(outboxDrops).max(32).optional(),
    })
    .optional(),
  /** Where clients on the site's network find the models. */
  serving: z
    .object({
      rest: z.string(),
      metrics: z.string(),
      /** PEM: the authority of its certificate, where the device made one for its network. */
      ca: z.string().max(8192).optional(),
    })
    .optional(),
  certificate: z.object({ notAfter: z.iso.datetime(), renewsAt: z.iso.datetime() }).optional(),
  inventory: inventory.optional(),
});
export type Reported = z.infer<typeof reported>;

/** `up/report`: a difference against the report before, as JSON merge patch (RFC 7396). */
export const report = z.object({
  session: z.uuid(),
  /** Version that the patch applies to; 0 means that the patch is the whole. */
  base: z.number().int().nonnegative(),
  version: z.number().int().positive(),
  /** What was read from JSON is JSON; what it makes of the report before is checked. */
  patch: z.record(z.string(), z.custom<Json>()),
});
export type Report = z.infer<typeof report>;
