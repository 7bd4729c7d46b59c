import { randomUUID } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import { type DesiredVersion, deploymentObject, deviceTokenRequest, siteObject } from '@skerry/contracts';
import { type Logger, silentLogger } from '@skerry/kit';
import { type DiskImage, memoryDisk } from '@skerry/kit/testing';
import type { RestoredPolicy } from '../../../hub/src/continuity/service.ts';
import { deploymentService } from '../../../hub/src/deployments/service.ts';
import { modelVersions } from '../../../hub/src/models/versions.ts';
import { siteService } from '../../../hub/src/sites/service.ts';
import { type Books, openBooks } from './books.ts';
import { type Network, network } from './network.ts';
import { letIn } from './person.ts';
import { type Rotation, rotate } from './rotation.ts';
import { simBlobs } from './sim-blobs.ts';
import { type DeviceReplacements, openDevice, type SimDevice } from './sim-device.ts';
import { medium } from './sim-disk.ts';
import { type HubMachine, type HubReplacements, hubProcess, type SimHub, startSimHub } from './sim-hub.ts';
import { world as newWorld, type World } from './world.ts';

export interface Replacements {
  readonly hub?: HubReplacements;
  readonly device?: DeviceReplacements;
}

export interface FleetOptions {
  readonly seed: number;
  readonly devices: number;
  /** Absent: `go-on`. */
  readonly restoredDevices?: RestoredPolicy | undefined;
  readonly logger?: Logger;
  readonly replace?: Replacements;
}

export interface HubBackup {
  readonly database: DatabaseSync;
  readonly keys: DiskImage;
  /** How many roots there had been. */
  readonly roots: number;
}

/** A hub and its devices, in one process and in simulated time. */
export interface Fleet {
  readonly world: World;
  readonly net: Network;
  readonly machine: HubMachine;
  readonly hub: SimHub | undefined;
  readonly books: Books;
  readonly devices: readonly SimDevice[];
  /** Every desired state that the hub signed: `DEVICE EPOCH VERSION`. */
  readonly signed: ReadonlySet<string>;
  /** By how much the hub's clock is ahead, ms. */
  hubSkew: number;
  startHub(): void;
  killHub(): void;
  /** A copy of the hub's database and keys, unless something is being written. */
  backUp(): HubBackup | undefined;
  /** From when half of the devices had joined. */
  readonly firstBackup: HubBackup | undefined;
  /** Goes back to a copy; the hub, which must not run, begins a new epoch at its next start. */
  restore(backup: HubBackup): void;
  /** Replaces the keys that certify hub and devices; a hub that runs takes them up. */
  rotateKeys(what: Rotation): Promise<void>;
  /** A person revokes the device, and lets it in no more before it is `forgiven`; nothing where the hub is down. */
  revoke(device: SimDevice): void;
  forgive(device: SimDevice): void;
  /** A person lets in who waits for a word. */
  letIn(): void;
  /** Deploys another version of the model to all; nothing where the hub is down. */
  deploy(): void;
  /** Gives the memory back. */
  close(): void;
}

export const signedName = (deviceId: string, { epoch, version }: DesiredVersion) =>
  `${deviceId} ${epoch} ${version}`;

const RESTART_MS = 5_000;
const START_DEADLINE_MS = 10 * 60_000;
const DEFAULT_QUOTA = 64 * 2 ** 20;
/** Every fourth device, as the seed says, has little room: some days without the hub fill it. */
const SMALL_QUOTA = 256 * 1024;
const by = 'simulator';

/** Resolves when the hub is up and every device has joined. */
export async function openFleet(options: FleetOptions): Promise<Fleet> {
  const { seed, devices: count, restoredDevices = 'go-on', logger = silentLogger, replace = {} } = options;
  const world = newWorld(seed);
  const net = network(world);
  const database = new DatabaseSync(':memory:', { enableForeignKeyConstraints: true });
  const signed = new Set<string>();
  const devices: SimDevice[] = [];
  const keptOut = new Set<string>();
  let hub: SimHub | undefined;
  let starts = 0;
  let deployments = 0;
  let roots = 1;
  const databases = [database];
  const copy = (from: DatabaseSync): DatabaseSync => {
    const name = `file:${randomUUID()}?mode=memory&cache=shared`;
    const made = new DatabaseSync(name, { enableForeignKeyConstraints: true });
    databases.push(made);
    from.exec(`VACUUM INTO '${name}'`);
    return made;
  };
  const machine: HubMachine = {
    net,
    database,
    medium: medium(memoryDisk(() => world.time)),
    blobs: simBlobs(),
    skew: () => fleet.hubSkew,
    logger,
    expiredDevices: seed % 2 === 0 ? 'ask' : 'allow',
    restoredDevices,
    replace: replace.hub ?? {},
    wasRestored: false,
    onSigned: (statement) => void signed.add(signedName(statement.deviceId, statement)),
  };
  const newProcess = () => hubProcess(machine, ++starts);
  /** The hub's: up, or starting, or dead. */
  let running = newProcess();

  const fleet: Fleet = {
    world,
    net,
    machine,
    devices,
    signed,
    hubSkew: 0,
    books: undefined as never,
    firstBackup: undefined,
    get hub() {
      return hub;
    },
    startHub() {
      if (running.alive) return;
      const process = newProcess();
      running = process;
      startSimHub(machine, process).then(
        (started) => {
          if (process.alive) hub = started;
        },
        (error) => {
          logger.warn('the hub did not start', { error });
          if (!process.alive) return;
          fleet.killHub();
          world.after(RESTART_MS, fleet.startHub);
        },
      );
    },
    killHub() {
      running.kill();
      hub = undefined;
      net.door = undefined;
      // A process that ends takes its connections along.
      for (const connection of [...net.connections.values()]) net.hangUp(connection);
      if (machine.database.isTransaction) machine.database.exec('rollback');
    },
    backUp: () =>
      machine.database.isTransaction
        ? undefined
        : { database: copy(machine.database), keys: machine.medium.disk.image(), roots },
    restore(backup) {
      machine.database = copy(backup.database);
      machine.wasRestored = true;
      // Whoever changes the root keeps the keys of then: no device goes back to a former one.
      if (backup.roots === roots) machine.medium.disk.load(backup.keys);
      Object.assign(fleet, { books: openBooks(machine.database) });
    },
    async rotateKeys(what) {
      if (what === 'root') roots += 1;
      await rotate(machine, what);
      await hub?.core.identity.authority.refresh();
    },
    revoke({ name, id }) {
      if (!hub) return;
      const { core, door, projectId } = hub;
      keptOut.add(id);
      core.identity.standing
        .revoke(name, { projectId, by })
        .then(door.cut, (error) => logger.warn('nobody was revoked', { error }));
    },
    forgive: ({ id }) => void keptOut.delete(id),
    letIn() {
      if (hub) letIn(hub, keptOut).catch((error) => logger.warn('nobody was let in', { error }));
    },
    deploy() {
      if (!hub) return;
      deployments += 1;
      deploy(hub, machine, deployments).catch((error) => logger.warn('nothing was deployed', { error }));
    },
    close() {
      fleet.killHub();
      for (const one of databases) one.close();
    },
  };

  const settled = async <T>(work: Promise<T>): Promise<T> => {
    let done = false;
    const finished = work.finally(() => {
      done = true;
    });
    finished.catch(() => {});
    await world.run(world.elapsed + START_DEADLINE_MS, () => done);
    return done ? finished : Promise.reject(new Error('the fleet did not start'));
  };

  hub = await settled(startSimHub(machine, running));
  Object.assign(fleet, { books: openBooks(database) });
  const { context, core, projectId } = hub;
  const write = { projectId, by, preconditions: {} };
  for (const site of sites) await settled(siteService(context).put(site, write, false));
  for (let number = 1; number <= count; number++) {
    if (number === Math.ceil(count / 2)) Object.assign(fleet, { firstBackup: fleet.backUp() });
    const site = siteOf(world.random(`site of device-${number}`).number());
    const request = deviceTokenRequest.parse({ site, labels: { role: 'edge' } });
    const { token } = await settled(core.identity.tokens.create(projectId, request, by));
    const quota = world.random(`room of device-${number}`).number() < 0.25 ? SMALL_QUOTA : DEFAULT_QUOTA;
    const own = { net, name: `device-${number}`, token, quota, logger, replace: replace.device ?? {} };
    devices.push(await settled(openDevice(own)));
  }
  for (const device of devices) {
    device.startAgent();
    device.startRuntime();
  }
  return fleet;
}

/** A site of each network, and the share of the devices there: the standard device is where the network is dear. */
const shares = { wired: 1 / 16, cellular: 1 / 16, satellite: 7 / 8 };
const sites = Object.keys(shares).map((network) =>
  siteObject.parse({
    apiVersion: 'skerry.dev/v1alpha1',
    kind: 'Site',
    metadata: { name: network },
    spec: { network, power: 'solar' },
  }),
);

function siteOf(chance: number): string {
  let left = chance;
  for (const [site, share] of Object.entries(shares)) {
    left -= share;
    if (left < 0) return site;
  }
  return 'satellite';
}

async function deploy({ context, projectId }: SimHub, { blobs }: HubMachine, number: number): Promise<void> {
  const digest = blobs.push(`version ${number}`);
  const models = modelVersions(context, async () => ({ size: 9 }));
  await models.register({ projectId, project: 'default', name: 'digits', digest, by });
  const written = {
    apiVersion: 'skerry.dev/v1alpha1',
    kind: 'Deployment',
    metadata: { name: 'digits' },
    spec: { selector: { matchLabels: { role: 'edge' } }, models: { digits: { ref: `digits@${digest}` } } },
  };
  const object = deploymentObject.parse(written);
  const write = { projectId, project: 'default', by, preconditions: {} };
  await deploymentService(context).put({ object, written, dryRun: false }, write);
}
