import { z } from 'zod';
import { digest, id, instant, labels, name } from '../names.ts';

/** `GET /api/v1/info`, open to all: who this hub is. */
export const hubInfo = z.object({
  hubId: id,
  version: z.string(),
  /** SHA-256 of the root certificate: what `skerry login` compares. */
  fingerprint: digest,
  /** Addresses of the device port. */
  addresses: z.array(z.string()),
  /** False while less of its disk is free than is to stay so: devices keep what they have. Earlier hubs don't say. */
  takesMessages: z.boolean().optional(),
});
export type HubInfo = z.infer<typeof hubInfo>;

/** `GET /api/v1/whoami`. */
export const whoAmI = z.object({ name, role: z.enum(['admin', 'viewer']), project: name });
export type WhoAmI = z.infer<typeof whoAmI>;

/** In events, `hub` is the hub itself. */
const personName = name.refine((it) => it !== 'hub', '`hub` is the hub itself; give another name');

/** `POST …/people-tokens` makes one; its text is in this answer alone. */
export const peopleTokenRequest = z.strictObject({ name: personName, role: z.enum(['admin', 'viewer']) });
export const peopleToken = z.object({ name, role: z.enum(['admin', 'viewer']), createdAt: instant });
export type PeopleToken = z.infer<typeof peopleToken>;
export const newPeopleToken = peopleToken.extend({ token: z.string() });

/** `POST …/device-tokens` makes a join token; its text is in this answer alone. */
export const deviceTokenRequest = z.strictObject({
  /** How many devices may join with it. */
  uses: z.number().int().min(1).max(10_000).default(1),
  expiresInSeconds: z
    .number()
    .int()
    .min(60)
    .max(366 * 86_400)
    .default(86_400),
  /** Fixes the device's name; only with one use. */
  deviceName: name.optional(),
  site: name.optional(),
  labels: labels.default({}),
});
export type DeviceTokenRequest = z.input<typeof deviceTokenRequest>;

export const deviceToken = z.object({
  id,
  createdAt: instant,
  createdBy: z.string(),
  expiresAt: instant,
  uses: z.number().int(),
  used: z.number().int(),
  revoked: z.boolean(),
  deviceName: name.optional(),
  site: name.optional(),
  labels,
});
export type DeviceToken = z.infer<typeof deviceToken>;
export const newDeviceToken = deviceToken.extend({ token: z.string() });
