import { z } from 'zod';
import { pipelineSpec } from '../files/pipeline.ts';
import { digest, name } from '../names.ts';

export const desiredModel = z.object({
  /** Digest of the model's manifest. */
  digest,
  /** Version as people know it. */
  version: z.string().max(32),
  /** Repository in the hub's registry. */
  repository: z.string().max(255),
});
export type DesiredModel = z.infer<typeof desiredModel>;

/**
 * The body of a desired state: canonical JSON (RFC 8785), named by its SHA-256, without version and without secrets.
 * Written strictly by the hub, read tolerantly by the device.
 */
export const desiredState = z.object({
  site: z
    .object({
      name,
      timeZone: z.string(),
      power: z.string(),
      network: z.string(),
    })
    .optional(),
  /** Where the hub is to be found from now on: `https://…`, and `mqtts://…` for MQTT alone. */
  hub: z.object({ addresses: z.array(z.string().max(512)).min(1).max(32) }).optional(),
  models: z.record(name, desiredModel),
  pipelines: z.record(name, pipelineSpec),
});
export type DesiredState = z.infer<typeof desiredState>;

/** One part of a body, not yet parsed: a part of a later version is `Unsupported`, and the rest is applied. */
export const desiredParts = z.object({
  site: desiredState.shape.site.catch(undefined),
  hub: desiredState.shape.hub.catch(undefined),
  models: z.record(z.string(), z.unknown()).default({}),
  pipelines: z.record(z.string(), z.unknown()).default({}),
});
export type DesiredParts = z.infer<typeof desiredParts>;
