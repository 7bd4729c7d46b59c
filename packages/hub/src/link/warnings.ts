import type { CodeName, DeviceAddress } from '@skerry/contracts';
import type { HubContext } from '../context.ts';
import { deviceTargets } from '../fleet/read-model.ts';
import { seldom } from '../seldom.ts';

/**
 * Tells the people of a device's project that it did what it should not, each kind of thing once a minute.
 * Never rejects: what cannot be put on record is in the log.
 */
export type Warn = (device: DeviceAddress, reason: CodeName, message: string) => Promise<void>;

const EVERY_MS = 60_000;

export function warnings({ db, clock, logger, record }: HubContext): Warn {
  const isNews = seldom(clock, EVERY_MS);

  const putOnRecord = async ({ projectId, deviceId }: DeviceAddress, reason: CodeName, message: string) => {
    const [device] = await deviceTargets(db, projectId, [deviceId]);
    if (!device) return;
    const about = `device/${device.name}`;
    await record(db, { projectId, deviceId, severity: 'Warning', reason, message, by: about, about });
  };

  return async (device, reason, message) => {
    const { deviceId } = device;
    logger.warn('a device did what it should not', { deviceId, reason, what: message });
    if (!isNews(`${deviceId} ${reason}`)) return;
    await putOnRecord(device, reason, message).catch((error) =>
      logger.error('a warning about a device is not on record', { deviceId, error }),
    );
  };
}
