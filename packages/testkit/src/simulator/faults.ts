import type { Random } from '@skerry/kit';
import type { Density } from './density.ts';
import type { Doing } from './sim-device.ts';
import { CERTIFICATE_LIFE_MS } from './sim-hub.ts';
import type { World } from './world.ts';

/** What befalls a device, or what lies between it and the hub. */
export const deviceFaults = [
  'partition',
  'nothing-up',
  'nothing-down',
  'loss',
  'duplicates',
  'reordering',
  'slow-link',
  'agent-killed',
  'runtime-killed',
  'power-cut',
  'disk-full',
  'disk-slow',
  'read-errors',
  'write-errors',
  'lying-fsync',
  'bit-flip',
  'dead-page',
  'damaged-file',
  'clock-1970',
  'clock-ahead',
  'old-image',
  'clone',
  'certificate-ended',
  'revoked',
  'intruder',
  'replayed-desired',
] as const;
/** What befalls the hub. */
export const hubFaults = [
  'hub-killed',
  'hub-disk-full',
  'hub-clock-moved',
  'hub-restored',
  'hub-restored-old',
  'hub-keys-rotated',
  'hub-root-rotated',
] as const;
export type FaultKind = (typeof deviceFaults)[number] | (typeof hubFaults)[number];

export interface Fault {
  readonly kind: FaultKind;
  /** Ms since the history began. */
  readonly at: number;
  /** Which device, from 0 on; undefined for the hub. */
  readonly device?: number;
  readonly lastsMs: number;
  /** It waits until the device does this, and brings it about after a while. */
  readonly when?: Doing;
}

export const doings: readonly Doing[] = ['down', 'offline', 'greeting', 'delivering', 'connected'];

/** What a fault came over: a device that did something, or the hub. */
export interface Cell {
  readonly kind: FaultKind;
  readonly when: Doing | 'hub';
}

/** What cannot be, and why. */
const senseless: Partial<Record<FaultKind, Partial<Record<Doing, string>>>> = {
  'agent-killed': { down: 'there is no agent to kill' },
  'damaged-file': { down: 'it has to start, and mend the one, before the next is damaged' },
};

const deviceCells = deviceFaults.flatMap((kind) =>
  doings.filter((when) => senseless[kind]?.[when] === undefined).map((when) => ({ kind, when })),
);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** A hub's time is believed by its fleet: it is wrong by no more than where somebody takes local time for UTC. */
export const HUB_CLOCK_MOVES_MS = 12 * HOUR;
/** However short a history is: two may come together. */
const LEAST_DEVICE_FAULTS = 2;

/** How long each lasts: some minutes or hours, and now and then weeks. */
const lasting: Partial<Record<FaultKind, readonly [number, number]>> = {
  partition: [5 * MINUTE, 3 * DAY],
  'nothing-up': [MINUTE, 6 * HOUR],
  'nothing-down': [MINUTE, 6 * HOUR],
  'agent-killed': [5_000, HOUR],
  'damaged-file': [5_000, HOUR],
  'runtime-killed': [5_000, HOUR],
  'power-cut': [10_000, 6 * HOUR],
  'hub-killed': [5_000, 2 * HOUR],
  'disk-full': [MINUTE, DAY],
  'write-errors': [MINUTE, HOUR],
  'read-errors': [MINUTE, HOUR],
  'certificate-ended': [CERTIFICATE_LIFE_MS + HOUR, CERTIFICATE_LIFE_MS + 6 * HOUR],
  revoked: [MINUTE, 3 * DAY],
  'hub-keys-rotated': [5_000, HOUR],
  'hub-root-rotated': [5_000, HOUR],
};
const usual = [MINUTE, 4 * HOUR] as const;
const lastingOf = (kind: FaultKind) => lasting[kind] ?? usual;
const isShorter =
  (ms: number) =>
  ({ kind }: Cell) =>
    lastingOf(kind)[0] <= ms;

/** All that an exploration has to have seen. */
export const cellsOf = ({ longestMs }: Density): Cell[] =>
  [...deviceCells, ...hubFaults.map((kind) => ({ kind, when: 'hub' as const }))].filter(isShorter(longestMs));

/** A bound that is as often small as it is large. */
export const logUniform = (random: Random, [from, to]: readonly [number, number]) =>
  Math.round(from * (to / from) ** random.number());

/**
 * The faults of a history: those of each device depend on the seed and the device alone. Together the devices go round
 * all that can befall them and all that they can be doing then, in an order of the seed.
 */
export function planFaults(
  world: World,
  days: number,
  devices: number,
  { deviceFaultsADay, hubFaultsADay, longestMs }: Density,
): Fault[] {
  const faults: Fault[] = [];
  const order = shuffled(world.random('order of the faults'), deviceCells.filter(isShorter(longestMs)));
  const each = Math.max(LEAST_DEVICE_FAULTS, Math.round(days * deviceFaultsADay));
  for (let device = 0; device < devices; device++) {
    const random = world.random(`faults of ${device}`);
    for (let index = device * each; index < (device + 1) * each; index++) {
      const { kind, when } = order[index % order.length]!;
      faults.push({ ...faultOf(random, kind, days, longestMs), device, when });
    }
  }
  const random = world.random('faults of the hub');
  const hubOrder = shuffled(random, hubFaults);
  const ofHub = Math.floor(days * hubFaultsADay + random.number());
  for (let index = 0; index < ofHub; index++)
    faults.push(faultOf(random, hubOrder[index % hubOrder.length]!, days, longestMs));
  return faults.sort((a, b) => a.at - b.at);
}

function faultOf(random: Random, kind: FaultKind, days: number, longestMs: number): Fault {
  const at = Math.round(HOUR + random.number() * Math.max(0, days * DAY - HOUR));
  return { kind, at, lastsMs: Math.min(longestMs, logUniform(random, lastingOf(kind))) };
}

function shuffled<T>(random: Random, items: readonly T[]): T[] {
  const order = [...items];
  for (let last = order.length - 1; last > 0; last--) {
    const other = Math.floor(random.number() * (last + 1));
    [order[last], order[other]] = [order[other]!, order[last]!];
  }
  return order;
}
