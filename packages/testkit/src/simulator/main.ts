import { type Exploration, type ExploreOptions, exitCodeOf, explore, tallyText, unseen } from './explore.ts';
import type { History } from './history.ts';
import { readOptions, type SimulateOptions, usage } from './options.ts';
import { shrink } from './shrink.ts';

/** `npm run simulate -- [--seed N] [--days 90] [--devices 200] [--for 10m] [--density D] [--json]` */

const SAY_EVERY_MS = 10_000;
const say = (text: string) => void process.stderr.write(`${text}\n`);

/** How far it is, said now and then. */
function progress(isWanted: boolean): Pick<ExploreOptions, 'onHistory' | 'onProgress'> {
  let lastSaid = performance.now();
  const sayNow = (text: () => string) => {
    if (!isWanted || performance.now() - lastSaid < SAY_EVERY_MS) return;
    lastSaid = performance.now();
    say(text());
  };
  return {
    onHistory: (seed, so) => sayNow(() => `seed ${seed}: ${figures(so)}`),
    onProgress: (seed, day, days) =>
      sayNow(() => `seed ${seed}: day ${Math.floor(day)} of ${Math.ceil(days)} …`),
  };
}

async function simulate({ seed, days, devices, density, ...asked }: SimulateOptions): Promise<number> {
  // Devices that are cut off make errors by the million; of one history alone the stacks are kept.
  if (asked.for !== undefined) Error.stackTraceLimit = 0;
  const explored = await explore({
    firstSeed: seed,
    days,
    devices,
    forMs: asked.for ?? 0,
    density,
    ...progress(!asked.json),
  });
  const shortest = explored.failed && !asked.whole ? await shorten(explored.failed) : explored.failed;
  process.stdout.write(
    asked.json ? `${JSON.stringify(asJson(explored, shortest))}\n` : asText(explored, shortest),
  );
  return exitCodeOf(explored);
}

async function shorten(failed: History): Promise<History> {
  say(
    `seed ${failed.plan.seed} fails: ${failed.violation?.what}; looking for the shortest history that does …`,
  );
  return shrink(failed, {}, ({ plan }) =>
    say(`  ${plan.days} days, ${plan.devices} devices, ${plan.faults.length} faults`),
  );
}

const perHour = ({ deviceYears, cpuMs }: Omit<Exploration, 'failed'>) =>
  (deviceYears * 3_600_000) / Math.max(1, cpuMs);

const figures = (so: Omit<Exploration, 'failed'>) =>
  `${so.seeds} histories, ${so.deviceYears.toFixed(2)} device-years without a violation, ` +
  `${perHour(so).toFixed(0)} device-years an hour of one core, ${so.promised} messages, ${so.noticed} accounted for by notices`;

/** More of them no one reads; the table has a dot for each. */
const MOST_NAMED = 12;

function unseenText(explored: Exploration): string {
  const missing = unseen(explored);
  if (missing.length === 0) return 'every fault came over every state';
  const more = missing.length - MOST_NAMED;
  const names = missing.slice(0, MOST_NAMED).join(', ');
  return `not seen: ${names}${more > 0 ? `, and ${more} more` : ''}`;
}

function asText(explored: Exploration, shortest: History | undefined): string {
  const text = [tallyText(explored.tally), figures(explored), unseenText(explored)];
  if (shortest) text.push(failure(shortest));
  return `${text.join('\n')}\n`;
}

function failure({ plan, violation }: History): string {
  const { seed, days, devices, density = 'standard', faults } = plan;
  return [
    `VIOLATION: ${violation?.device} ${violation?.what}`,
    `at ${((violation?.at ?? 0) / 3_600_000).toFixed(2)} h of seed ${seed}, ${days} days, ${devices} devices, ${density}; the faults:`,
    ...faults.map((fault) => `  ${JSON.stringify(fault)}`),
  ].join('\n');
}

function asJson(explored: Exploration, shortest: History | undefined): object {
  const { tally, failed: _failed, ...counts } = explored;
  return {
    ...counts,
    deviceYearsPerHour: perHour(explored),
    unseen: unseen(explored),
    tally: Object.fromEntries([...tally].map(([kind, row]) => [kind, Object.fromEntries(row)])),
    ...(shortest && { violation: shortest.violation, plan: shortest.plan }),
  };
}

async function main(argv: readonly string[]): Promise<number> {
  if (argv.includes('--help')) {
    process.stdout.write(usage);
    return 0;
  }
  const options = asked(argv);
  return options ? simulate(options) : 2;
}

/** What to do; undefined where the arguments do not say so. */
function asked(argv: readonly string[]): SimulateOptions | undefined {
  try {
    return readOptions(argv);
  } catch (error) {
    say(`${(error as Error).message}\n\n${usage}`);
    return undefined;
  }
}

process.exitCode = await main(process.argv.slice(2));
