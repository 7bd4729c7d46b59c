import type { Fleet } from './fleet.ts';
import type { SimDevice } from './sim-device.ts';

/** Holds that a device which nothing befalls comes back by itself, within a bound. */
export interface PresenceWatch {
  look(): void;
}

const HOUR = 3_600_000;
/** Longer than it tries, waits to be let in, and takes turns with a copy of it. */
const RECOVERY_MS = 5 * HOUR;

/** `calmSince`: ms since the history began; undefined while something befalls it, or the hub. */
export function presenceWatch(
  { devices, world }: Pick<Fleet, 'devices' | 'world'>,
  report: (device: string, what: string) => void,
  calmSince: (device: SimDevice) => number | undefined,
): PresenceWatch {
  const awaySince = new Map<SimDevice, number>();
  const lookAt = (device: SimDevice) => {
    const since = calmSince(device);
    if (since === undefined || isThere(device)) return void awaySince.delete(device);
    const from = Math.max(since, awaySince.get(device) ?? world.elapsed);
    awaySince.set(device, from);
    if (world.elapsed - from > RECOVERY_MS)
      report(device.name, 'nothing befalls it, and it does not come back');
  };
  return { look: () => devices.forEach(lookAt) };
}

const isThere = ({ doing }: SimDevice) => doing === 'connected' || doing === 'delivering';
