import type { DropNotice } from '@skerry/contracts';
import { framesUrl, readAgentStatus } from '../agent.ts';
import { judge, type Verdict } from '../ledger.ts';
import { readMessages, readNotices } from '../people.ts';
import { until } from '../until.ts';
import type { ChaosDevice, Fleet } from './fleet.ts';

/** What became of one device's frames. */
export interface DeviceVerdict extends Verdict {
  readonly device: string;
  /** Frames that were never promised, since nobody could take them. */
  readonly refused: number;
  readonly notices: Notices;
  /** Why it has not delivered all in time, where it has not. */
  readonly stuck: string | undefined;
}

/** Numbers that drop notices of its results cover, by reason. */
export type Notices = Readonly<Record<string, number>>;

const backWithinMs = 150_000;
const drainWithinMs = 120_000;

/** Waits until all serve again, stops the cameras, waits until all has been delivered, and judges. */
export async function settle(fleet: Fleet): Promise<DeviceVerdict[]> {
  await Promise.all(fleet.devices.map(({ agent }) => serves(agent)));
  await Promise.all(fleet.devices.map(({ camera }) => camera.stop()));
  return Promise.all(fleet.devices.map((device) => verdictOf(fleet, device)));
}

function serves(agent: ChaosDevice['agent']): Promise<string> {
  return until(() => framesUrl(agent, 'camera'), { what: `${agent.name} serves`, deadline: backWithinMs });
}

async function verdictOf({ hub }: Fleet, { agent, camera }: ChaosDevice): Promise<DeviceVerdict> {
  const promised = await camera.promised();
  const drained = { what: 'nothing waits on the device', deadline: drainWithinMs, every: 500 };
  const stuck = await until(() => hasDelivered(agent), drained).then(
    () => undefined,
    () => whyStuck(agent),
  );
  const held = await readMessages(hub.people, agent.name, 'result');
  const all = await readNotices(hub.people, agent.name, 'result');
  const verdict = judge({ promised, held, notices: all }, ({ id }) => id);
  const notices = countByReason(all);
  return { ...excuse(verdict, notices), notices, stuck, device: agent.name, refused: refusedOf(camera) };
}

async function hasDelivered({ state }: ChaosDevice['agent']): Promise<boolean> {
  const { link, reported } = await readAgentStatus(state);
  return link.connected && reported.streams['runtime/result']?.waiting === 0;
}

async function whyStuck({ state }: ChaosDevice['agent']): Promise<string> {
  const { link, reported } = await readAgentStatus(state);
  return `${reported.streams['runtime/result']?.waiting ?? 'unknown'} messages wait; ${link.detail}`;
}

/** A notice of what was given up for room names no ids: it excuses as many messages as it has numbers. */
function excuse(verdict: Verdict, { quota = 0, expired = 0 }: Notices): Verdict {
  const { lost, dropped } = verdict;
  return lost.length > quota + expired ? verdict : { ...verdict, lost: [], dropped: [...dropped, ...lost] };
}

function countByReason(notices: readonly DropNotice[]): Notices {
  const counts: Record<string, number> = {};
  for (const { why, first, last } of notices) counts[why] = (counts[why] ?? 0) + last - first + 1;
  return counts;
}

function refusedOf({ program }: ChaosDevice['camera']): number {
  const { failed = 0, missed = 0 } = JSON.parse(program.stdout.at(-1) ?? '{}');
  return failed + missed;
}
