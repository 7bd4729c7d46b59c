import { seededRandom } from '@skerry/kit/testing';
import { type DensityName, densities } from './density.ts';
import { cellsOf, doings, logUniform } from './faults.ts';
import { type History, runHistory, type Tally } from './history.ts';
import type { Doing } from './sim-device.ts';

export interface Exploration {
  readonly seeds: number;
  readonly deviceYears: number;
  /** Days of all hubs together. */
  readonly hubDays: number;
  /** CPU time of this process, ms. */
  readonly cpuMs: number;
  readonly promised: number;
  readonly noticed: number;
  readonly tally: Tally;
  readonly density: DensityName;
  /** The first history that failed. */
  readonly failed: History | undefined;
}

export interface ExploreOptions {
  readonly firstSeed: number;
  /** Of every history; absent: short and long ones, as the seeds say. */
  readonly days: number | undefined;
  readonly devices: number | undefined;
  readonly density: DensityName;
  /** Ms of wall time after which no history is begun. */
  readonly forMs: number;
  readonly onHistory: (seed: number, so: Omit<Exploration, 'failed'>) => void;
  /** Told every hour of a history how far it is. */
  readonly onProgress: (seed: number, day: number, days: number) => void;
}

const YEAR_DAYS = 365.25;

/** One history after the other, of one seed after the other, until one fails or the time is over. */
export async function explore(options: ExploreOptions): Promise<Exploration> {
  const { firstSeed, forMs, density, onHistory } = options;
  const begun = performance.now();
  const cpu = process.cpuUsage();
  const tally: Tally = new Map();
  let so = { seeds: 0, deviceYears: 0, hubDays: 0, cpuMs: 0, promised: 0, noticed: 0, tally, density };
  for (let seed = firstSeed; so.seeds === 0 || performance.now() - begun < forMs; seed++) {
    const { days, devices } = sizeOf(seed, options);
    const onProgress = (day: number) => options.onProgress(seed, day, days);
    const history = await runHistory({ seed, days, devices, density }, { onProgress });
    add(tally, history.tally);
    const { user, system } = process.cpuUsage(cpu);
    const counts = { promised: so.promised + history.promised, noticed: so.noticed + history.noticed };
    if (history.violation) return { ...so, ...counts, failed: history };
    const deviceYears = so.deviceYears + (days * devices) / YEAR_DAYS;
    const hubDays = so.hubDays + days;
    so = { ...so, ...counts, seeds: so.seeds + 1, deviceYears, hubDays, cpuMs: (user + system) / 1000 };
    onHistory(seed, so);
  }
  return { ...so, failed: undefined };
}

/** From a day of many to six weeks of a few: certificates end and messages expire only in the long ones. */
function sizeOf(
  seed: number,
  { days, devices, density }: Pick<ExploreOptions, 'days' | 'devices' | 'density'>,
): { days: number; devices: number } {
  const random = seededRandom(seed);
  const usual = densities[density];
  const long = days ?? logUniform(random, usual.days);
  const most = Math.max(1, Math.min(usual.mostDevices, MOST_DEVICE_DAYS / long));
  return { days: long, devices: devices ?? logUniform(random, [1, most]) };
}
const MOST_DEVICE_DAYS = 120;

function add(total: Tally, more: Tally): void {
  for (const [kind, counts] of more) {
    const row = total.get(kind) ?? new Map<Doing | 'hub', number>();
    total.set(kind, row);
    for (const [doing, count] of counts) row.set(doing, (row.get(doing) ?? 0) + count);
  }
}

/** Which faults came over a device that did what, as a table; a dot where none did. */
export function tallyText(tally: Tally): string {
  const columns = [...doings, 'hub'] as const;
  const line = (name: string, cells: readonly string[]) =>
    name.padEnd(18) + cells.map((cell) => cell.padStart(11)).join('');
  const rows = [...tally].sort(([a], [b]) => (a < b ? -1 : 1));
  return [
    line('fault', columns),
    ...rows.map(([kind, row]) =>
      line(
        kind,
        columns.map((doing) => String(row.get(doing) ?? '.')),
      ),
    ),
  ].join('\n');
}

/** What no history had yet: a fault, and what it was to come over. */
export const unseen = ({ tally, density }: Pick<Exploration, 'tally' | 'density'>): string[] =>
  cellsOf(densities[density])
    .filter(({ kind, when }) => !tally.get(kind)?.get(when))
    .map(({ kind, when }) => (when === 'hub' ? kind : `${kind} while ${when}`));

/** So much time has room for every fault in every state. */
const ENOUGH_FOR_ALL = { deviceYears: 1, hubDays: 60 };

/** Of the process: 1 after a violation, and where a fault never came over a state though there was time for all. */
export function exitCodeOf(explored: Exploration): 0 | 1 {
  const { failed, deviceYears, hubDays } = explored;
  const hadTime = deviceYears >= ENOUGH_FOR_ALL.deviceYears && hubDays >= ENOUGH_FOR_ALL.hubDays;
  return failed || (hadTime && unseen(explored).length > 0) ? 1 : 0;
}
