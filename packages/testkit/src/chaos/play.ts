import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../until.ts';
import type { Fault } from './fault.ts';
import { drawn, type Plan, type PlannedFault, type PlannedKill } from './plan.ts';
import type { Tally } from './tally.ts';
import { killTarget, type Target } from './targets.ts';

export interface Playing {
  readonly plan: Plan;
  readonly targets: readonly Target[];
  readonly faults: readonly Fault[];
  readonly tally: Tally;
}

const shownWithinMs = 30_000;

/**
 * Does all that is planned, at its time. Resolves when every fault is over and whoever was killed is back, with what
 * did not show, a sentence each.
 */
export async function play({ plan, targets, faults, tally }: Playing): Promise<string[]> {
  const startedAt = performance.now();
  const at = (ms: number) => sleep(Math.max(0, startedAt + ms - performance.now()));
  const turns = new Map<string, Promise<void>>();
  const kills = plan.kills.map(async (planned) => {
    await at(planned.atMs);
    await killOne(targets, planned, tally);
  });
  const befalls = plan.faults.map(async (planned) => {
    await at(planned.atMs);
    const fault = drawn(
      faults.filter(({ kind }) => kind === planned.kind),
      planned.draw,
    );
    if (!fault) return;
    // What lasts there still has to end first.
    const turn = (turns.get(fault.thing) ?? Promise.resolve()).then(() =>
      befall(fault, planned, plan.longestMs, tally),
    );
    turns.set(
      fault.thing,
      turn.catch(() => {}),
    );
    await turn;
  });
  const all = await Promise.allSettled([...kills, ...befalls]);
  return all.flatMap((it) => (it.status === 'rejected' ? [(it.reason as Error).message] : []));
}

/** Whoever lives may be hit; if nobody does, whoever lives next. */
async function killOne(targets: readonly Target[], { draw }: PlannedKill, tally: Tally): Promise<void> {
  const living = () => targets.flatMap((target) => idOf(target));
  const hit = await until(() => drawn(living(), draw), { what: 'somebody lives', deadline: 60_000 });
  await killTarget(hit.target, hit.pid, tally);
}

function idOf(target: Target): { target: Target; pid: number }[] {
  const pid = target.pid();
  return pid === undefined ? [] : [{ target, pid }];
}

async function befall(
  fault: Fault,
  { forMs, size }: PlannedFault,
  longestMs: number,
  tally: Tally,
): Promise<void> {
  tally.done(fault.kind);
  try {
    await fault.begin(size);
    const proof = await until(() => fault.proof(), {
      what: `“${fault.kind}” showed at ${fault.place}`,
      deadline: shownWithinMs,
    });
    tally.shown(fault.kind, proof);
    await sleep(Math.min(longestMs, forMs * (fault.lasts ?? 1)));
  } finally {
    await fault.end();
  }
}
