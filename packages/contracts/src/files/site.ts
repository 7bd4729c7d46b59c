import { z } from 'zod';
import { name } from '../names.ts';
import { objectOf } from './envelope.ts';

function isTimeZone(zone: string): boolean {
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone: zone }));
  } catch {
    return false;
  }
}

export const siteSpec = z.strictObject({
  /** IANA time zone: windows and schedules are in it. */
  timeZone: z.string().refine(isTimeZone, 'must be an IANA time zone such as Europe/London').default('UTC'),
  power: z.enum(['mains', 'battery', 'solar']).default('mains'),
  network: z.enum(['wired', 'cellular', 'satellite', 'air-gapped']).default('wired'),
  /** The site that this one is part of. */
  parent: name.optional(),
});
export type SiteSpec = z.infer<typeof siteSpec>;

export const siteObject = objectOf('Site', siteSpec);
export type SiteObject = z.infer<typeof siteObject>;

export const deviceSpec = z.strictObject({ site: name.optional() });
export type DeviceSpec = z.infer<typeof deviceSpec>;

/** Site and labels of a device that has joined. */
export const deviceObject = objectOf('Device', deviceSpec);
export type DeviceObject = z.infer<typeof deviceObject>;
