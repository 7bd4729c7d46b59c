import { seededRandom } from '@skerry/kit/testing';
import { openStage, type Stage, type Story } from '../stage.ts';
import { faultsOf } from './faults.ts';
import { type Fleet, meansHere, startFleet } from './fleet.ts';
import { keepRunning } from './keep-running.ts';
import type { ChaosOptions } from './options.ts';
import { makePlan } from './plan.ts';
import { play } from './play.ts';
import { type ChaosResult, faultsIn, reportLines } from './report.ts';
import { settle } from './settle.ts';
import { openTally, type Tally } from './tally.ts';
import { targetsOf } from './targets.ts';

const progressMs = 10_000;
/** What lasts for long is done in every so manyth round. */
const rareRound = 4;
const pauseMs = { least: 50, most: 1_500 };

const say = (text: string) => process.stderr.write(`${text}\n`);

/** Breaks a fleet for as long as asked, and prints what came of it; the exit code. `shared`: why we are not isolated. */
export async function runChaos(options: ChaosOptions, shared: string | undefined): Promise<number> {
  const means = meansHere(shared);
  say(`seed ${options.seed}; starting a hub and ${options.devices} devices`);
  for (const what of means.leftOut) say(what);
  const result = await onStage('chaos', async (stage) => {
    const fleet = await startFleet(stage, options.devices, means);
    let good = false;
    try {
      const broken = await breakFleet(fleet, options);
      const whole = { options, leftOut: means.leftOut, ...broken };
      good = faultsIn(whole).length === 0;
      return { whole, good };
    } finally {
      await (good ? fleet.clear() : fleet.salvage());
    }
  });
  const lines = options.json ? [JSON.stringify(result.whole)] : reportLines(result.whole);
  process.stdout.write(`${lines.join('\n')}\n`);
  return result.good ? 0 : 1;
}

/** Does what the seed plans, and judges. */
async function breakFleet(
  fleet: Fleet,
  options: ChaosOptions,
): Promise<Pick<ChaosResult, 'problems' | 'counts' | 'devices'>> {
  const random = seededRandom(options.seed);
  const faults = faultsOf(fleet);
  const rarity = new Map(faults.map(({ kind, lasts }) => [kind, lasts === undefined ? 1 : rareRound]));
  const kinds = [...rarity].map(([kind, everyNth]) => ({ kind, everyNth }));
  const plan = makePlan({ forMs: options.for, kills: options.kills, kinds }, random);
  const tally = openTally();
  const over = new AbortController();
  const pause = () => pauseMs.least + random.number() * (pauseMs.most - pauseMs.least);
  for (const service of [fleet.hub, ...fleet.devices.map(({ agent }) => agent)])
    void keepRunning(service, pause, over.signal);
  const progress = setInterval(() => say(progressOf(tally)), progressMs);
  try {
    const problems = await play({ plan, faults, targets: targetsOf(fleet), tally });
    say('all faults are over; waiting until all has been delivered');
    return { problems, devices: await settle(fleet), counts: tally.counts };
  } finally {
    clearInterval(progress);
    over.abort();
  }
}

const progressOf = ({ counts }: Tally) =>
  [`${Math.round(performance.now() / 1000)} s`, ...counts.map(({ kind, shown }) => `${kind} ${shown}`)].join(
    ' · ',
  );

/** A stage for a program instead of a test; its folder is kept where the work fails or is not good. */
async function onStage<T extends { readonly good: boolean }>(
  name: string,
  work: (stage: Stage) => Promise<T>,
): Promise<T> {
  const endings: (() => Promise<void>)[] = [];
  const story: Story & { passed: boolean } = { name, passed: false, after: (end) => void endings.push(end) };
  try {
    const result = await work(openStage(story));
    story.passed = result.good;
    return result;
  } finally {
    for (const end of endings) await end();
  }
}
