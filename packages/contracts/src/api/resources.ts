import { z } from 'zod';
import { deploymentObject } from '../files/deployment.ts';
import { deviceObject, siteObject } from '../files/site.ts';
import { inventory } from '../identity/join.ts';
import { digest, id, instant, name } from '../names.ts';
import { condition } from '../status/conditions.ts';
import { desiredVersion, reported } from '../status/reported.ts';

/*
 * Every object: PUT and GET and DELETE at `/api/v1/projects/{project}/{kinds}/{name}`, GET for the list.
 * GET and PUT answer with an ETag; PUT and DELETE honour If-Match and If-None-Match (RFC 9110 §13).
 * `PUT …?dryRun=true` answers what would be and changes nothing.
 */

/** What the hub adds to the metadata of any object. */
const stored = { id, createdAt: instant, updatedAt: instant, generation: z.number().int().positive() };

export const siteResource = siteObject.extend({ metadata: siteObject.shape.metadata.extend(stored) });
export type SiteResource = z.infer<typeof siteResource>;

/** One field of a device's desired state: which deployment put it there, and which would have otherwise. */
export const provenance = z.object({
  /** JSON pointer (RFC 6901) into the body. */
  pointer: z.string(),
  deployment: name,
  priority: z.number().int(),
  /** Deployments that say something else there, and lost. */
  overrides: z.array(name),
});
export type Provenance = z.infer<typeof provenance>;

export const deviceStatus = z.object({
  connected: z.boolean(),
  lastSeen: instant.optional(),
  /** Connected, UpToDate, Ready, Recording, TimeKnown; Certified and Unique where they are not true. Those that a device reports are Unknown while it is offline for long. */
  conditions: z.record(z.string(), condition),
  desired: desiredVersion.optional(),
  /** Names of the deployments that select it. */
  deployments: z.array(name),
  reported: reported.partial(),
});
export type DeviceStatus = z.infer<typeof deviceStatus>;

export const deviceResource = deviceObject.extend({
  metadata: deviceObject.shape.metadata.extend(stored),
  status: deviceStatus.extend({ inventory: inventory.optional() }),
});
export type DeviceResource = z.infer<typeof deviceResource>;

/** `GET …/devices/{name}/desired`: the body and who set each field. */
export const deviceDesired = z.object({
  version: desiredVersion.optional(),
  body: z.record(z.string(), z.json()),
  provenance: z.array(provenance),
});
export type DeviceDesired = z.infer<typeof deviceDesired>;

/** One device that a change of a deployment touches, and how. */
export const deviceChange = z.object({
  device: name,
  /** JSON pointers into its desired body with the values before and after; absent stands for none. */
  changes: z.array(
    z.object({ pointer: z.string(), before: z.json().optional(), after: z.json().optional() }),
  ),
});
export type DeviceChange = z.infer<typeof deviceChange>;

export const deploymentResource = deploymentObject.extend({
  metadata: deploymentObject.shape.metadata.extend(stored),
  status: z.object({
    /** What each model's reference was resolved to when the deployment was applied. */
    models: z.record(name, z.object({ version: z.string(), digest, repository: z.string() })),
    devices: z.object({
      selected: z.number().int(),
      /** Those that applied the version that this generation asks of them. */
      upToDate: z.number().int(),
      ready: z.number().int(),
    }),
    /** In the answer to a dry run alone. */
    wouldChange: z.array(deviceChange).optional(),
  }),
});
export type DeploymentResource = z.infer<typeof deploymentResource>;

/** `GET …/deployments/{name}/history`, newest first. `POST …/deployments/{name}/undo {toGeneration?}` makes a new one. */
export const deploymentRevision = z.object({
  generation: z.number().int().positive(),
  at: instant,
  by: z.string(),
  action: z.enum(['Created', 'Changed', 'Undone', 'Deleted']),
  object: deploymentObject.optional(),
  models: z.record(name, z.object({ version: z.string(), digest, repository: z.string() })),
});
export type DeploymentRevision = z.infer<typeof deploymentRevision>;
export const undoRequest = z.strictObject({ toGeneration: z.number().int().positive().optional() });

/** A model's version in the registry. */
export const modelVersion = z.object({
  version: z.number().int().positive(),
  digest,
  /** Bytes of all files. */
  size: z.number().int().nonnegative(),
  createdAt: instant,
  createdBy: z.string(),
  license: z.string().optional(),
});
export type ModelVersion = z.infer<typeof modelVersion>;

export const modelResource = z.object({
  name,
  id,
  createdAt: instant,
  versions: z.array(modelVersion),
  aliases: z.record(name, z.number().int().positive()),
});
export type ModelResource = z.infer<typeof modelResource>;

/** `POST …/models/{name}/versions`, after the push: gives the next integer, or the one that the digest has already. */
export const registerVersionRequest = z.strictObject({ digest });
/** `PUT …/models/{name}/aliases/{alias}`. */
export const aliasRequest = z.strictObject({ version: z.number().int().positive() });

/** `GET …/events?device=&deployment=&limit=&before=`, newest first. */
export const hubEvent = z.object({
  id,
  at: instant,
  severity: z.enum(['Normal', 'Warning']),
  reason: z.string(),
  message: z.string(),
  /** Who did it: a person's name, `device/NAME` or `hub`. */
  by: z.string(),
  /** What it is about: `device/NAME`, `deployment/NAME`, `site/NAME`, `model/NAME` … */
  about: z.string(),
});
export type HubEvent = z.infer<typeof hubEvent>;

/** A list; `next` is given back as `after` (or `before`, for events) to read on. */
export function listOf<Item extends z.ZodType>(item: Item) {
  return z.object({ items: z.array(item), next: z.string().optional() });
}
export interface List<Item> {
  items: Item[];
  next?: string | undefined;
}
