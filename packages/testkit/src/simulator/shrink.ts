import type { Fault } from './faults.ts';
import { type History, type HistoryOptions, type Plan, type planOf, runHistory } from './history.ts';

const DAY = 86_400_000;
const MAX_TRIES = 150;

/**
 * The shortest history that still fails: fewer days, fewer devices, fewer faults, each left out where the others
 * alone fail too. `failed` is the one to begin with; `onTry` hears of every try that failed as well.
 */
export async function shrink(
  failed: History,
  options: HistoryOptions = {},
  onTry: (history: History) => void = () => {},
): Promise<History> {
  let best = failed;
  let tries = 0;
  const kind = kindOf(failed.violation?.what ?? '');

  const attempt = async (plan: Plan): Promise<boolean> => {
    if (tries++ >= MAX_TRIES) return false;
    const history = await runHistory(plan, options);
    if (!history.violation || kindOf(history.violation.what) !== kind) return false;
    best = history;
    onTry(history);
    return true;
  };

  await fewerDays();
  await fewerDevices();
  await fewerFaults();
  await fewerDays();
  return best;

  /** Nothing that came after the violation had a part in it. */
  async function fewerDays(): Promise<void> {
    const { plan, violation } = best;
    const days = Math.ceil((violation?.at ?? 0) / DAY);
    for (const fewer of [Math.ceil(days / 2), days])
      if (fewer > 0 && fewer < plan.days && (await attempt(within(plan, fewer, plan.devices)))) return;
  }

  async function fewerDevices(): Promise<void> {
    for (let devices = 1; devices < best.plan.devices; devices *= 2)
      if (await attempt(within(best.plan, best.plan.days, devices))) return;
  }

  /** Leaves out halves, then quarters, and so on to single faults (delta debugging). */
  async function fewerFaults(): Promise<void> {
    for (let size = Math.ceil(best.plan.faults.length / 2); size >= 1; size = Math.floor(size / 2)) {
      for (let from = 0; from < best.plan.faults.length; ) {
        const { plan } = best;
        const faults = plan.faults.toSpliced(from, size);
        if (!(await attempt({ ...plan, faults }))) from += size;
      }
    }
  }
}

/** Without what differs from one history to the next. */
const kindOf = (what: string) => what.replace(/\d+|alarm|result|telemetry|event/g, '');

/** The plan cut down to its first days and devices. */
function within(plan: ReturnType<typeof planOf>, days: number, devices: number): Plan {
  const isIn = ({ at, device }: Fault) => at < days * DAY && (device === undefined || device < devices);
  return { ...plan, days, devices, faults: plan.faults.filter(isIn) };
}
