import type { CodeName, DeviceAddress } from '@skerry/contracts';
import type { HubContext } from '../context.ts';
import { deviceTargets } from '../fleet/read-model.ts';
import { seldom } from '../seldom.ts';

/** Tells the people of a device's project that it did what it should not, each kind of thing once a minute. */
export type Warn = (device: DeviceAddress, reason: CodeName, message: string) => Promise<void>;

const EVERY_MS = 60_000;

export function warnings({ db, clock, logger, record }: HubContext): Warn {
  const isNews = seldom(clock, EVERY_MS);
  return async ({ projectId, deviceId }, reason, message) => {
    logger.warn('a device did what it should not', { deviceId, reason, what: message });
    if (!isNews(`${deviceId} ${reason}`)) return;
    const [device] = await deviceTargets(db, projectId, [deviceId]);
    if (!device) return;
    const about = `device/${device.name}`;
    await record(db, { projectId, deviceId, severity: 'Warning', reason, message, by: about, about });
  };
}
