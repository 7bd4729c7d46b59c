import { z } from 'zod';
import { id, instant, name } from '../names.ts';
import { inventory } from './join.ts';

/** Why a device is not let in, or is looked at by a person before it counts as itself again. */
const why = {
  /** `AwaitsAdmission`, `Revoked`, `CertificateEnded`, `RestoredOrCloned`; a reader accepts later ones. */
  reason: z.string().max(64),
  message: z.string().max(1024),
  since: instant,
};

/** `GET …/waiting-devices`: who waits for the word of a person. */
export const waitingDevice = z.object({
  id,
  /** In the fleet; of one that the hub does not know, as it says. */
  name,
  ...why,
  /** By which it is admitted: its name, or its id where what it shows is not known. */
  admitAs: z.string(),
  /** Of one that the hub does not know, or not with that key. */
  shown: z
    .object({
      /** Whether a device of that id is in the fleet: then it is the key that is not known. */
      isMember: z.boolean(),
      inventory,
      /** Of its certificate, as `X509Certificate.serialNumber` writes it. */
      serial: z.string(),
      /** Of its certificate. */
      fingerprint: z.string(),
      lastSeen: instant,
      /** Network address that it last came from. */
      address: z.string(),
    })
    .optional(),
});
export type WaitingDevice = z.infer<typeof waitingDevice>;

/**
 * `POST …/devices/{device}/admission`: a person's word that a device may come in, whatever kept it out. `{device}` is
 * its name, or the id of one that waits.
 */
export const admissionRequest = z.strictObject({
  /** What it shall be called, if the hub does not know it. */
  name: name.optional(),
  /** Of the certificate that it shows: needed where several claim to be it, and refused where none shows that one. */
  fingerprint: z.string().max(128).optional(),
});
export type AdmissionRequest = z.infer<typeof admissionRequest>;

/** What kept it out, and what was done about it. */
export const lifted = z.object({ ...why, done: z.string() });
export type Lifted = z.infer<typeof lifted>;

/** `lifted` is empty where nothing kept it out. */
export const admission = z.object({ id, name, lifted: z.array(lifted) });
export type Admission = z.infer<typeof admission>;
