import type { Fleet } from './fleet.ts';
import type { Doing, SimDevice } from './sim-device.ts';
import { cutOff } from './strike.ts';

const MINUTE = 60_000;
/** So long a device may come to it by itself; then it is brought to it, once in such a while. */
const PATIENCE_MS = 60 * MINUTE;
const BROUGHT_FOR_MS = 5 * MINUTE;

/** Calls `act` once, as soon as the device does this; what it gives back calls that off. */
export function whenDoing(fleet: Fleet, device: SimDevice, wanted: Doing, act: () => void): () => void {
  if (device.doing === wanted) {
    act();
    return () => {};
  }
  const { world } = fleet;
  const go = () => {
    if (device.doing !== wanted || !device.awaited.delete(check)) return;
    stop();
    act();
  };
  // Not in the midst of what the device does just then.
  const check = (doing: Doing) => {
    if (doing === wanted) world.after(0, go);
  };
  const bring = () => {
    stop = world.after(PATIENCE_MS, bring);
    bringTo[wanted]?.(fleet, device);
  };
  let stop = world.after(PATIENCE_MS, bring);
  device.awaited.add(check);
  return () => {
    device.awaited.delete(check);
    stop();
  };
}

/** What makes a device do so. It delivers every quarter of an hour, and is connected when nothing is wrong. */
const bringTo: Partial<Record<Doing, (fleet: Fleet, device: SimDevice) => void>> = {
  down({ world }, device) {
    device.killAgent();
    world.after(BROUGHT_FOR_MS, device.startAgent);
  },
  offline(fleet, device) {
    fleet.world.after(BROUGHT_FOR_MS, cutOff(fleet, device, 'upCut', 'downCut'));
  },
  greeting({ net }, device) {
    const connection = net.connections.get(device.id);
    if (!connection) return;
    net.close(connection);
    connection.ended('it was dropped');
  },
};
