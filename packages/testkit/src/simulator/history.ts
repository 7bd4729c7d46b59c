import type { Logger } from '@skerry/kit';
import { type RestoredPolicy, restoredPolicies } from '../../../hub/src/continuity/service.ts';
import { type DensityName, densityOf } from './density.ts';
import { type Fault, type FaultKind, planFaults } from './faults.ts';
import { type Fleet, openFleet, type Replacements } from './fleet.ts';
import { operate } from './operator.ts';
import type { Doing, SimDevice } from './sim-device.ts';
import { strikeDevice, strikeHub } from './strike.ts';
import { watch as newWatch, type Violation, type Watch } from './watch.ts';
import { whenDoing } from './when-doing.ts';
import { world } from './world.ts';

export interface Plan {
  readonly seed: number;
  readonly days: number;
  readonly devices: number;
  /** Absent: those of the seed. */
  readonly faults?: readonly Fault[];
  /** Absent: that of the seed, or `go-on` where the faults are given. */
  readonly restoredDevices?: RestoredPolicy | undefined;
  /** Absent: the standard device's. */
  readonly density?: DensityName;
  /** What people ask of each device a day, on average. Absent: as dense as the rest. */
  readonly asksADay?: number;
}

export interface HistoryOptions {
  readonly logger?: Logger;
  readonly replace?: Replacements;
  /** Told every hour of the history how many of its days are over. */
  readonly onProgress?: (days: number) => void;
}

/** How often each fault came over a device that was doing this. */
export type Tally = Map<FaultKind, Map<Doing | 'hub', number>>;

export interface History {
  readonly plan: Plan & { readonly faults: readonly Fault[] };
  readonly violation: Violation | undefined;
  readonly tally: Tally;
  readonly trace: number;
  readonly steps: number;
  /** Messages that sources were told are safe. */
  readonly promised: number;
  /** Of those, how many a drop notice stands for. */
  readonly noticed: number;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const LOOK_EVERY_MS = HOUR;
/** Once all is well again, so long may it take until every device is up to date and everything is delivered. */
const CONVERGE_MS = 4 * HOUR;

export function planOf(plan: Plan): Plan & { faults: readonly Fault[] } {
  const { seed, days, devices, faults } = plan;
  if (faults) return { ...plan, faults };
  const restoredDevices = plan.restoredDevices ?? restoredPolicies[seed % 5] ?? 'go-on';
  return { ...plan, restoredDevices, faults: planFaults(world(seed), days, devices, densityOf(plan)) };
}

/** One history of a fleet, from its first day to the one on which all is well again. */
export async function runHistory(asked: Plan, options: HistoryOptions = {}): Promise<History> {
  const plan = planOf(asked);
  const fleet = await openFleet({ ...plan, ...options });
  const watch = newWatch(fleet);
  const tally: Tally = new Map();
  const ended: (() => void)[] = [];
  const { world: time } = fleet;
  const until = time.elapsed + plan.days * DAY;
  const density = densityOf(plan);
  const { asksADay = density.asksADay } = plan;

  const regularly = (ms: number, act: () => void) => {
    const again = () => {
      act();
      if (time.elapsed < until) time.after(ms, again);
    };
    time.after(ms, again);
  };
  time.after(MINUTE, fleet.deploy);
  regularly(density.deployEveryMs, fleet.deploy);
  regularly(LOOK_EVERY_MS, () => {
    watch.look();
    options.onProgress?.(plan.days - (until - time.elapsed) / DAY);
  });
  for (const device of fleet.devices) operate(fleet, device, { asksADay, until, kept: watch.asked });
  regularly(LOOK_EVERY_MS, fleet.letIn);
  for (const fault of plan.faults) time.after(fault.at, () => strike(fleet, fault, { watch, tally, ended }));

  await time.run(until, () => watch.violation !== undefined);
  if (!watch.violation) await heal(fleet, watch, ended);
  fleet.close();
  return {
    plan,
    violation: watch.violation,
    tally,
    trace: time.trace,
    steps: time.steps,
    promised: watch.promised(),
    noticed: watch.noticed(),
  };
}

interface Striking {
  readonly watch: Watch;
  readonly tally: Tally;
  /** What ends the faults that go on, and calls off those that wait. */
  readonly ended: (() => void)[];
}

function strike(fleet: Fleet, fault: Fault, striking: Striking): void {
  const device = fault.device === undefined ? undefined : fleet.devices[fault.device];
  const go = () => begin(fleet, fault, device, striking);
  if (!device || fault.when === undefined) go();
  else striking.ended.push(whenDoing(fleet, device, fault.when, go));
}

function begin(
  fleet: Fleet,
  fault: Fault,
  device: SimDevice | undefined,
  { watch, tally, ended }: Striking,
): void {
  const found = device?.doing ?? 'hub';
  const row = tally.get(fault.kind) ?? new Map<Doing | 'hub', number>();
  tally.set(fault.kind, row.set(found, (row.get(found) ?? 0) + 1));
  const calm = watch.struck(fault.kind, device);
  const end = device
    ? strikeDevice[fault.kind as keyof typeof strikeDevice](fleet, device, fault, watch)
    : strikeHub[fault.kind as keyof typeof strikeHub](fleet, fault, watch);
  if (!end) {
    calm();
    return;
  }
  let isOver = false;
  const over = () => {
    if (isOver) return;
    isOver = true;
    end();
    calm();
  };
  ended.push(over);
  fleet.world.after(fault.lastsMs, over);
}

/** Ends what is wrong, and waits until nothing is left to do. */
async function heal(fleet: Fleet, watch: Watch, ended: readonly (() => void)[]): Promise<void> {
  const { world: time, devices } = fleet;
  for (const over of ended) over();
  fleet.startHub();
  for (const device of devices) {
    device.stopSources();
    device.startAgent();
    device.startRuntime();
  }
  const until = time.elapsed + CONVERGE_MS;
  while (time.elapsed < until && watch.whyNotSettled() !== undefined && !watch.violation) {
    fleet.letIn();
    await time.run(Math.min(until, time.elapsed + 10 * MINUTE));
  }
  watch.settle();
}
