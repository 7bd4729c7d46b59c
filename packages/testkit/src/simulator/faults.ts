import type { Random } from '@skerry/kit';
import type { Doing } from './sim-device.ts';
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
  'clock-1970',
  'clock-ahead',
  'old-image',
  'intruder',
  'replayed-desired',
] as const;
/** What befalls the hub. */
export const hubFaults = ['hub-killed', 'hub-disk-full', 'hub-restored'] as const;
export type FaultKind = (typeof deviceFaults)[number] | (typeof hubFaults)[number];

export interface Fault {
  readonly kind: FaultKind;
  /** Ms since the history began. */
  readonly at: number;
  /** Which device, from 0 on; undefined for the hub. */
  readonly device?: number;
  readonly lastsMs: number;
  /** It waits until the device does this. */
  readonly when?: Doing;
}

export const doings: readonly Doing[] = ['down', 'offline', 'greeting', 'delivering', 'connected'];

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const DEVICE_FAULTS_A_DAY = 2;
const HUB_FAULTS_A_DAY = 0.5;

/** How long each lasts: some minutes or hours, and now and then weeks. */
const lasting: Partial<Record<FaultKind, readonly [number, number]>> = {
  partition: [5 * MINUTE, 3 * DAY],
  'nothing-up': [MINUTE, 6 * HOUR],
  'nothing-down': [MINUTE, 6 * HOUR],
  'agent-killed': [5_000, HOUR],
  'runtime-killed': [5_000, HOUR],
  'power-cut': [10_000, 6 * HOUR],
  'hub-killed': [5_000, 2 * HOUR],
  'disk-full': [MINUTE, DAY],
  'write-errors': [MINUTE, HOUR],
  'read-errors': [MINUTE, HOUR],
};
const usual = [MINUTE, 4 * HOUR] as const;

/** A bound that is as often small as it is large. */
const logUniform = (random: Random, [from, to]: readonly [number, number]) =>
  Math.round(from * (to / from) ** random.number());

const pick = <T>(random: Random, items: readonly T[]): T =>
  items[Math.floor(random.number() * items.length)]!;

/** The faults of a history: those of each device depend on the seed and the device alone. */
export function planFaults(world: World, days: number, devices: number): Fault[] {
  const faults: Fault[] = [];
  for (let device = 0; device < devices; device++) {
    const random = world.random(`faults of ${device}`);
    for (let left = Math.round(days * DEVICE_FAULTS_A_DAY); left > 0; left--)
      faults.push({ ...faultOf(random, deviceFaults, days), device, ...waitsFor(random) });
  }
  const random = world.random('faults of the hub');
  for (let left = Math.round(days * HUB_FAULTS_A_DAY); left > 0; left--)
    faults.push(faultOf(random, hubFaults, days));
  return faults.sort((a, b) => a.at - b.at);
}

function faultOf(random: Random, kinds: readonly FaultKind[], days: number): Fault {
  const kind = pick(random, kinds);
  const at = Math.round(HOUR + random.number() * Math.max(0, days * DAY - HOUR));
  return { kind, at, lastsMs: logUniform(random, lasting[kind] ?? usual) };
}

/** Half of them come when they come; the others catch a device at something. */
const waitsFor = (random: Random) => (random.number() < 0.5 ? {} : { when: pick(random, doings) });
