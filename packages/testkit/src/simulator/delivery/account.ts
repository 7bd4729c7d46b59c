import type { WireNumber } from '../wire-numbers.ts';
import type { DeliveryDevice } from './delivery-device.ts';
import type { DeliveryHub } from './delivery-hub.ts';
import { forget, isHeld } from './folder.ts';

/** What was made, and for what of it devices and hub have to account in the end. */
export interface Account {
  /** Another event's id. */
  make(): string;
  /** Under which numbers the hub is told of what a device has. */
  note(device: DeliveryDevice): void;
  /** Lets the device's disk forget its last ones. */
  forget(device: DeliveryDevice, count: number, hub: DeliveryHub): void;
  /** A disk is copied, or set back. */
  copied(): void;
  /** What only this device had goes with it. */
  discard(gone: DeliveryDevice | undefined, left: DeliveryDevice): void;
  /** Ids that are neither in the hub nor told as gone, though somebody could. */
  lacking(hub: DeliveryHub, wasRestored: boolean, devices: readonly DeliveryDevice[]): string[];
}

export function account(): Account {
  const numbers = new Map<string, WireNumber[]>();
  /** Nobody has to account for these: no device has them, and no hub said that it does. */
  const forgiven = new Set<string>();
  let hadCopy = false;
  /** A disk forgot what the hub has, or was told of. */
  let isReused = false;

  return {
    make() {
      const id = `m${numbers.size}`;
      numbers.set(id, []);
      return id;
    },
    note(device) {
      for (const [id, at] of device.numbers()) numbers.get(id)!.push(at);
    },
    forget({ folder, acknowledged }, count, hub) {
      for (const [number, id] of forget(folder, count)) {
        const wasAcknowledged = number <= acknowledged;
        if (hadCopy || !wasAcknowledged) forgiven.add(id);
        isReused ||= wasAcknowledged || hub.holds(id);
      }
    },
    copied() {
      hadCopy = true;
    },
    discard(gone, left) {
      const kept = new Set(left.folder.ids.values());
      for (const id of gone?.folder.ids.values() ?? []) if (!kept.has(id)) forgiven.add(id);
    },
    lacking(hub, wasRestored, devices) {
      // Nobody tells what a device with a copy had delivered to a hub of before, and has no more (docs/backup.md), nor
      // what is damaged or given up under a number that had been another's (docs/offline.md).
      const isBeyondKnowing = isReused || (hadCopy && wasRestored);
      const isForgiven = (id: string) =>
        (isBeyondKnowing || forgiven.has(id)) && !devices.some(({ folder }) => isHeld(folder, id));
      const isAccountedFor = (id: string) => hub.holds(id) || numbers.get(id)!.some((at) => hub.tellsOf(at));
      return [...numbers.keys()].filter((id) => !isAccountedFor(id) && !isForgiven(id));
    },
  };
}
