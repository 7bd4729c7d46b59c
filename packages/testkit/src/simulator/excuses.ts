import type { StreamName } from '@skerry/contracts';
import type { Befallen } from './befallen.ts';
import type { Entry } from './books.ts';
import type { FaultKind } from './faults.ts';
import { promisedUnder } from './promised-under.ts';
import type { QuotaWatch } from './quota-watch.ts';
import type { SimDevice } from './sim-device.ts';
import { TTLS } from './sim-runtime.ts';
import type { World } from './world.ts';

/** Whether messages of `device` were given up for a reason that there was. `machines`: it, and its clones. */
export type IsExcused = (device: SimDevice, machines: readonly SimDevice[], notice: Entry) => boolean;

/** What leaves other bytes than were written, of messages that nobody was promised. */
const spoiling: readonly FaultKind[] = ['bit-flip', 'dead-page', 'lying-fsync', 'power-cut'];
/** Of 4 KiB; no simulated message is shorter than 128 bytes as a record. */
const MOST_IN_A_PAGE = 33;
/** From when the outbox counts a message's age to when its source is told, however slow the disk is. */
const SLOWEST_APPEND_MS = 60_000;

/** `quotaOf`: of the outbox of a machine. */
export function excuses(
  world: World,
  befallen: Befallen,
  quotaOf: (machine: SimDevice) => QuotaWatch | undefined,
): IsExcused {
  /** Messages of each device that were told as damaged, some in one epoch after the other. */
  const damaged = new Map<string, Set<string>>();

  /** When the promises were made that it breaks; which numbers had what, is known where no disk was set back. */
  const brokenBy = (device: SimDevice, notice: Entry) =>
    befallen.wasSetBack(device) ? [] : promisedUnder(device.ledger, device.numbers, notice);

  /** One bit damages one message at most, and a page what is in it. Two can hit both copies of what more hangs on. */
  const mayBeDamaged = (device: SimDevice, stream: string, promisedAt: readonly number[]) => {
    const all = damaged.get(device.name) ?? new Set();
    damaged.set(device.name, all);
    for (const at of promisedAt) all.add(`${stream} ${at}`);
    const flips = befallen.times(device, 'bit-flip');
    const pages = befallen.times(device, 'dead-page');
    return (
      befallen.some(device, ['lying-fsync']) ||
      flips + pages > 1 ||
      all.size <= flips + pages * MOST_IN_A_PAGE
    );
  };

  const hadToGive = (machine: SimDevice, newest: number) =>
    quotaOf(machine)?.hadToGive || befallen.roomCameAt(machine) + SLOWEST_APPEND_MS >= newest;

  return (device, machines, notice) => {
    const { stream, reason } = notice;
    const broken = brokenBy(device, notice);
    const newest = Math.max(0, ...broken);
    if (reason === 'expired') return world.elapsed - newest > TTLS[stream as StreamName] - SLOWEST_APPEND_MS;
    if (reason === 'quota') return machines.some((machine) => hadToGive(machine, newest));
    if (reason === 'corrupt' && broken.length > 0) return mayBeDamaged(device, stream, broken);
    if (reason === 'corrupt') return befallen.some(device, spoiling);
    if (reason === 'hub-restored' || reason === 'epoch-lost') return befallen.wasSetBack(undefined);
    return befallen.some(device, ['bit-flip', 'dead-page']) || befallen.mayReturn(device);
  };
}
