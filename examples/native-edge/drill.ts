import { setTimeout as sleep } from 'node:timers/promises';
import type { Fleet } from './fleet.ts';

export interface DrillResult {
  /** Most messages that waited at the site that was cut off. */
  readonly waitedAtMost: number;
  /** Seconds from the power cut until its models answered again, with no hub. */
  readonly backAfter: number;
  /** Seconds from plugging in until nothing waited. */
  readonly caughtUpAfter: number;
}

const quietMs = 3_000;
const enoughWaiting = 40;

/** The offline drill: the shop loses its hub, then its power, and gets both back. */
export async function drill(fleet: Fleet, say: (text: string) => void): Promise<DrillResult> {
  const shop = fleet.site('shop').site;
  // While nobody knows, neither many nor few.
  const waiting = () => shop.status?.waiting ?? Number.NaN;
  say('All three sites serve, record, and report to the hub.');
  await sleep(quietMs);

  say('1. The cable of the shop is pulled. Watch WAITING grow, and ANSWERED go on.');
  shop.cable.pull();
  await fleet.until('the shop notices', () => shop.status?.connected === false);
  await fleet.until('messages wait', () => waiting() >= enoughWaiting);

  say('2. Power cut at the shop: agent and runtime are killed, and start again with no hub.');
  const cutAt = performance.now();
  const answered = shop.answered;
  await shop.cutPower();
  await fleet.until('the shop answers again', () => shop.answers && shop.answered > answered + 1);
  const backAfter = since(cutAt);
  say(`   Its models are back from its own disk after ${backAfter} s, and nothing that waited is gone.`);
  await fleet.until('messages wait again', () => waiting() >= enoughWaiting);
  await sleep(quietMs / 2);

  const waitedAtMost = waiting();
  say(`3. The cable is plugged in again; ${waitedAtMost} messages wait.`);
  const pluggedAt = performance.now();
  shop.cable.plug();
  await fleet.until('the shop has caught up', () => shop.status?.connected === true && waiting() < 10);
  const caughtUpAfter = since(pluggedAt);
  say(`   Caught up after ${caughtUpAfter} s.`);
  await sleep(quietMs / 2);
  return { waitedAtMost, backAfter, caughtUpAfter };
}

const since = (start: number) => Number(((performance.now() - start) / 1000).toFixed(1));
