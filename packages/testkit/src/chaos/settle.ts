import { framesUrl } from '../agent.ts';
import { judge, type Verdict } from '../ledger.ts';
import { readMessages, readNotices } from '../people.ts';
import { until } from '../until.ts';
import type { ChaosDevice, Fleet } from './fleet.ts';

/** What became of one device's frames. */
export interface DeviceVerdict extends Verdict {
  readonly device: string;
  /** Frames that were never promised, since nobody could take them. */
  readonly refused: number;
}

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
  const look = async () => {
    const held = await readMessages(hub.people, agent.name, 'result');
    const notices = await readNotices(hub.people, agent.name);
    return judge({ promised, held, notices }, ({ id }) => id);
  };
  const isThere = async () => (await look()).lost.length === 0;
  const wait = { what: 'all has been delivered', deadline: drainWithinMs, every: 1_000 };
  await until(isThere, wait).catch(() => {});
  return { ...(await look()), device: agent.name, refused: refusedOf(camera) };
}

function refusedOf({ program }: ChaosDevice['camera']): number {
  const { failed = 0, missed = 0 } = JSON.parse(program.stdout.at(-1) ?? '{}');
  return failed + missed;
}
