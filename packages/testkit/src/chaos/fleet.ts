import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type Agent, framesUrl, joinDevice, startAgent } from '../agent.ts';
import { type Camera, startCamera } from '../camera.ts';
import { type Hub, startHub } from '../hub.ts';
import { meterDeployment } from '../meter-site.ts';
import { digitsFolder, pushModel } from '../models.ts';
import { type MovedClock, noMovedClock, openMovedClock } from '../moved-clock.ts';
import {
  type NetworkLink,
  nearAddress,
  noNetworkLink,
  openNetworkLink,
  prepareNearEnd,
} from '../network-link.ts';
import { mountSmallDisk, noSmallDisk, type SmallDisk } from '../small-disk.ts';
import type { Stage } from '../stage.ts';
import { within } from '../within.ts';

const run = promisify(execFile);

/** A device with a camera of its own, and what can be done to its surroundings. */
export interface ChaosDevice {
  readonly agent: Agent;
  readonly camera: Camera;
  /** More messages than it has room for, where its link is cut for long. */
  readonly isCramped: boolean;
  readonly link: NetworkLink | undefined;
  readonly clock: MovedClock | undefined;
  readonly disk: SmallDisk | undefined;
}

export interface Fleet {
  readonly hub: Hub;
  readonly hubDisk: SmallDisk | undefined;
  readonly hubClock: MovedClock | undefined;
  readonly devices: readonly ChaosDevice[];
  /** Ends all programs and takes the disks away, with all that is on them. */
  clear(): Promise<void>;
  /** Copies what is on the disks beside them, for people who look into a failure: a disk ends with our namespaces. */
  salvage(): Promise<void>;
}

/** What of its surroundings can be broken; what cannot, and why. */
export interface Means {
  readonly links: boolean;
  readonly disks: boolean;
  readonly clocks: boolean;
  readonly leftOut: readonly string[];
}

/** `shared`: why links and disks of this machine are not ours alone, or undefined. */
export function meansHere(shared: string | undefined): Means {
  const lacks = {
    links: shared ?? noNetworkLink,
    disks: shared ?? noSmallDisk,
    clocks: noMovedClock,
  };
  const leftOut = Object.entries(lacks).flatMap(([what, why]) =>
    why ? [`${what} are left as they are: ${why}`] : [],
  );
  return { links: !lacks.links, disks: !lacks.disks, clocks: !lacks.clocks, leftOut };
}

const mebibyte = 2 ** 20;
const framesPerSecond = 40;
/** The last device has the least room for messages that there may be, and more of them. */
const cramped = { args: ['--outbox-quota', '2Mi'], framesPerSecond: 120 };

export async function startFleet(stage: Stage, count: number, means: Means): Promise<Fleet> {
  if (means.links) await prepareNearEnd();
  const hubDisk = means.disks ? await mountSmallDisk(stage, 'hub', 384 * mebibyte) : undefined;
  const address = means.links ? nearAddress : '127.0.0.1';
  const hubClock = means.clocks ? await openMovedClock(stage, 'hub') : undefined;
  const hub = await startHub(within(stage, { env: hubClock?.env }), {
    address,
    args: ['--disk-reserve', '16Mi'],
  });
  await pushModel(hub.people, { name: 'digits', folder: digitsFolder });
  await hub.people.deployments.put(meterDeployment('digits:1'));
  const indices = Array.from({ length: count }, (_, at) => at + 1);
  const devices = await Promise.all(
    indices.map((index) => startDevice(stage, hub, index, { ...means, isCramped: index === count })),
  );
  const disks = [hubDisk, ...devices.map(({ disk }) => disk)].filter((it) => it !== undefined);
  return {
    ...{ hub, hubDisk, hubClock, devices },
    async clear() {
      await Promise.all(devices.map(({ agent }) => agent.stop()));
      await hub.stop();
      for (const disk of disks) await disk[Symbol.asyncDispose]();
    },
    async salvage() {
      for (const { folder } of disks) await run('cp', ['-a', folder, `${folder}-disk`]);
    },
  };
}

async function startDevice(
  stage: Stage,
  hub: Hub,
  index: number,
  means: Means & { readonly isCramped: boolean },
): Promise<ChaosDevice> {
  const name = `device${index}`;
  const disk = means.disks ? await mountSmallDisk(stage, name, 96 * mebibyte) : undefined;
  const link = means.links ? await openNetworkLink(stage, index) : undefined;
  const clock = means.clocks ? await openMovedClock(stage, name) : undefined;
  const there = within(stage, { through: link?.through, env: clock?.env });
  const device = await joinDevice(there, hub, { name, labels: { role: 'meter' } });
  const { isCramped } = means;
  const agent = await startAgent(there, device, isCramped ? cramped.args : []);
  const url = await framesUrl(agent, 'camera');
  // Whoever takes pictures has a clock of its own.
  const camera = await startCamera(within(stage, { through: link?.through }), {
    url,
    name: `camera of ${name}`,
    args: ['--rate', String(isCramped ? cramped.framesPerSecond : framesPerSecond)],
  });
  return { agent, camera, isCramped, link, clock, disk };
}
