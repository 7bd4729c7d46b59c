import { parseArgs } from 'node:util';
import { parseDuration } from '@skerry/contracts';
import { isDensity } from './density.ts';
import { type Exploration, type ExploreOptions, exitCodeOf, explore, tallyText, unseen } from './explore.ts';
import type { History } from './history.ts';
import { shrink } from './shrink.ts';

/** `npm run simulate -- [--seed N] [--days 90] [--devices 200] [--for 10m] [--density D] [--json]` */

const HELP = `Runs fleets in simulated time, one history for each seed, and holds them against what Skerry promises.

  --seed N      the seed to begin with (default 1)
  --days N      days of a history (default 90; with --for 1 to 45, as the seed says; a storm: up to one)
  --devices N   devices of a history (default 200; with --for 1 to 20; a storm: one or two)
  --for TIME    explore one seed after the other for so long, such as 10m
  --density D   standard (the default); dense: three times the faults, a deployment every 90 minutes, a
                command every two hours; storm: forty faults a day to each, and a command every 24 minutes,
                for some hours. Both find more in less time; their device-years are not the standard device's
  --json        one JSON object on stdout
  --whole       print a history that fails as it is, without looking for the shortest
`;

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    days: { type: 'string' },
    devices: { type: 'string' },
    for: { type: 'string' },
    density: { type: 'string', default: 'standard' },
    json: { type: 'boolean', default: false },
    whole: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

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

async function main(): Promise<number> {
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const forMs = values.for === undefined ? 0 : (parseDuration(values.for) ?? Number.NaN);
  const numberOr = (text: string | undefined, otherwise: number) =>
    text === undefined && forMs ? undefined : Number(text ?? otherwise);
  const [seed, days, devices] = [
    Number(values.seed),
    numberOr(values.days, 90),
    numberOr(values.devices, 200),
  ];
  const { density } = values;
  if (!isDensity(density) || ![seed, days ?? 1, devices ?? 1, forMs].every(Number.isFinite)) {
    process.stderr.write(HELP);
    return 2;
  }
  // Devices that are cut off make errors by the million; of one history alone the stacks are kept.
  if (forMs > 0) Error.stackTraceLimit = 0;
  const explored = await explore({
    firstSeed: seed,
    days,
    devices,
    forMs,
    density,
    ...progress(!values.json),
  });
  const shortest = explored.failed && !values.whole ? await shorten(explored.failed) : explored.failed;
  process.stdout.write(
    values.json ? `${JSON.stringify(asJson(explored, shortest))}\n` : asText(explored, shortest),
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

function asText(explored: Exploration, shortest: History | undefined): string {
  const missing = unseen(explored);
  const all = 'every fault came over every state';
  const text = [tallyText(explored.tally), figures(explored)];
  text.push(missing.length > 0 ? `not seen: ${missing.join(', ')}` : all);
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

process.exitCode = await main();
