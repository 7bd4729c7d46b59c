import { calm as newCalm } from './calm.ts';
import { type FaultKind, HUB_CLOCK_MOVES_MS } from './faults.ts';
import type { SimDevice } from './sim-device.ts';
import type { World } from './world.ts';

/** Which faults have come over whom: what was promised is excused by these alone. */
export interface Befallen {
  /** A fault has come; to be called when it is over. */
  struck(kind: FaultKind, device: SimDevice | undefined): () => void;
  /** Its disk was full, and is not any more. */
  roomCame(device: SimDevice): void;
  /** Ms since the history began; long ago where it never did. */
  roomCameAt(device: Pick<SimDevice, 'name'>): number;
  times(device: SimDevice, kind: FaultKind): number;
  some(device: SimDevice, kinds: readonly FaultKind[]): boolean;
  /** Its disk brought an earlier state back; absent: the hub did. */
  wasSetBack(device: SimDevice | undefined): boolean;
  /** Its disk, or the hub, was set back: what had been given up may come after all, and the other way round. */
  mayReturn(device: SimDevice): boolean;
  /** It was, or had a copy, or its disk has forgotten something, which looks the same. */
  seemsSetBack(device: SimDevice): boolean;
  /** Ms since the history began; undefined while something befalls it, or the hub. */
  calmSince(device: SimDevice): number | undefined;
  /** By how much what happened since may have been timed wrongly, ms: its moment and its end are told by the hub's clock. */
  mistimedMs(since: number): number;
}

const forgetting: readonly FaultKind[] = ['bit-flip', 'dead-page', 'damaged-file'];
/** What brings an earlier state back. */
const settingBack: readonly FaultKind[] = [
  'lying-fsync',
  'old-image',
  'clone',
  'hub-restored',
  'hub-restored-old',
];

const nameOf = (device: SimDevice | undefined) => device?.name ?? 'hub';

export function befallen(world: World): Befallen {
  const counts = new Map<string, number>();
  const setBack = new Set<string>();
  const roomCame = new Map<string, number>();
  const calm = newCalm(world);
  /** Until when the hub's clock was wrong. */
  let mistimedUntil = -1;

  const times = ({ name }: SimDevice, kind: FaultKind) => counts.get(`${name} ${kind}`) ?? 0;
  const some = (device: SimDevice, kinds: readonly FaultKind[]) =>
    kinds.some((kind) => times(device, kind) > 0);
  const wasSetBack = (device: SimDevice | undefined) => setBack.has(nameOf(device));
  const mayReturn = (device: SimDevice) => wasSetBack(device) || wasSetBack(undefined);

  const mistimed = () => {
    mistimedUntil = Number.POSITIVE_INFINITY;
    return () => {
      mistimedUntil = world.elapsed;
    };
  };

  return {
    struck(kind, device) {
      const name = nameOf(device);
      counts.set(`${name} ${kind}`, (counts.get(`${name} ${kind}`) ?? 0) + 1);
      if (settingBack.includes(kind)) setBack.add(name);
      const ends = [calm.struck(device)];
      if (kind === 'hub-clock-moved') ends.push(mistimed());
      return () => {
        for (const end of ends) end();
      };
    },
    roomCame: ({ name }) => void roomCame.set(name, world.elapsed),
    roomCameAt: ({ name }) => roomCame.get(name) ?? Number.NEGATIVE_INFINITY,
    times,
    some,
    wasSetBack,
    mayReturn,
    seemsSetBack: (device) => mayReturn(device) || some(device, forgetting),
    calmSince: calm.since,
    // Moved once between a command's beginning and its end, and once back.
    mistimedMs: (since) => (mistimedUntil >= since ? 2 * HUB_CLOCK_MOVES_MS : 0),
  };
}
