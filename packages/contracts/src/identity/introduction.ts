import { z } from 'zod';
import { id, instant, name } from '../names.ts';
import { inventory } from './join.ts';

/**
 * `POST /link/v1/introduction`, by mutual TLS: how a device asks why it is not let in. All that a device may say whose
 * certificate is of this hub while the hub, restored from an older backup, does not know it.
 */
export const introductionRequest = z.object({
  /** What it is called, as it was told when it joined. */
  name,
  inventory,
});
export type IntroductionRequest = z.infer<typeof introductionRequest>;

export const introductionResponse = z.object({
  /** `waiting`: for a person to adopt it. */
  standing: z.enum(['member', 'waiting']),
  /** When to look again, ms. */
  retryAfterMs: z.number().int().nonnegative(),
});
export type IntroductionResponse = z.infer<typeof introductionResponse>;

/** `GET …/waiting-devices`: who has a certificate of this hub and is not in the fleet, or not with that key. */
export const waitingDevice = z.object({
  id,
  /** As it says. */
  name,
  inventory,
  /** Of its certificate, as `X509Certificate.serialNumber` writes it. */
  serial: z.string(),
  /** Of its certificate. */
  fingerprint: z.string(),
  firstSeen: instant,
  lastSeen: instant,
  /** Network address that it last came from. */
  address: z.string(),
});
export type WaitingDevice = z.infer<typeof waitingDevice>;

/** `POST …/waiting-devices/{id}/adopt`. */
export const adoptRequest = z.strictObject({ name: name.optional() });
export type AdoptRequest = z.infer<typeof adoptRequest>;
/** The name that it has in the fleet. */
export const adopted = z.object({ name });
