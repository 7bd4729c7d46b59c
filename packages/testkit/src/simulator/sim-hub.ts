import type { DatabaseSync } from 'node:sqlite';
import {
  type DesiredStatement,
  type DeviceAddress,
  introductionRequest,
  joinRequest,
  problemMediaType,
  renewRequest,
} from '@skerry/contracts';
import { type Clock, type HttpRequest, type Lifetime, type Logger, lifetime } from '@skerry/kit';
import { knownError, problemOf } from '../../../hub/src/api/problem.ts';
import type { Broker, Presence } from '../../../hub/src/broker/broker.ts';
import type { HubContext } from '../../../hub/src/context.ts';
import type { RestoredPolicy } from '../../../hub/src/continuity/service.ts';
import { openSqliteOver } from '../../../hub/src/db/open.ts';
import { startDeviceCore } from '../../../hub/src/device-core.ts';
import { hubError, notFound } from '../../../hub/src/errors.ts';
import { hubContext } from '../../../hub/src/hub-context.ts';
import type { ExpiredPolicy } from '../../../hub/src/identity/standing/service.ts';
import { installHub } from '../../../hub/src/installation/service.ts';
import { beginEpoch } from '../../../hub/src/new-epoch.ts';
import { projectNamed } from '../../../hub/src/projects/read-model.ts';
import { startRetention } from '../../../hub/src/telemetry/retention.ts';
import type { Door, HttpAnswer, Network } from './network.ts';
import type { SimBlobs } from './sim-blobs.ts';
import { type Medium, simDisk } from './sim-disk.ts';
import { type SimProcess, simProcess } from './sim-process.ts';
import { type SimDatabase, simSqlite } from './sim-sqlite.ts';

export type DeviceCore = Awaited<ReturnType<typeof startDeviceCore>>;

/** What outlives the hub's process. */
export interface HubMachine {
  readonly net: Network;
  readonly medium: Medium;
  database: DatabaseSync;
  /** The database was set back, and no hub has begun a new epoch with it. */
  wasRestored: boolean;
  readonly blobs: SimBlobs;
  readonly skew: () => number;
  readonly logger: Logger;
  readonly expiredDevices: ExpiredPolicy;
  readonly restoredDevices: RestoredPolicy;
  /** What a test puts in the place of the real part. */
  readonly replace: HubReplacements;
  /** Told of every desired state that was signed. */
  readonly onSigned: (statement: DesiredStatement) => void;
}

/** Ways for a test to plant a mistake. */
export interface HubReplacements {
  readonly database?: (database: SimDatabase, clock: Clock) => SimDatabase;
  readonly carrier?: (carrier: SimCarrier) => SimCarrier;
  readonly beginEpoch?: typeof beginEpoch;
  readonly admit?: (admit: Door['admit'], core: DeviceCore) => Door['admit'];
}

export type SimCarrier = Pick<Broker, 'subscribe' | 'publish' | 'close'>;

/** A hub that runs: the real core, with sockets and threads left out. */
export interface SimHub {
  readonly context: HubContext;
  readonly core: DeviceCore;
  readonly projectId: string;
  readonly door: Door;
}

const DAY = 86_400_000;
/** Short, so that devices are often away for longer. */
export const CERTIFICATE_LIFE_MS = 2 * DAY;
/** Longer than a device is away that brings what it had delivered before, from an old image; else only memory. */
const KEEP_MESSAGES_MS = 7 * DAY;

/** A process for the hub, which starts in it and ends with it, also while it starts. */
export const hubProcess = (machine: HubMachine, start: number): SimProcess =>
  simProcess({ ...machine, world: machine.net.world, name: `hub ${start}` });

export async function startSimHub(machine: HubMachine, process: SimProcess): Promise<SimHub> {
  const { net, medium, replace } = machine;
  const { clock, random, logger, compression } = process;
  const life: Lifetime = lifetime({ clock, logger });
  const sqlite = simSqlite(process, machine.database);
  const { write, read } = replace.database?.(sqlite, clock) ?? sqlite;
  const db = await openSqliteOver(write, read, clock);
  let core: DeviceCore | undefined;
  const onDesiredChanged = (ids: readonly string[]) => core?.link.nudge(ids);
  const context = hubContext({ db, clock, random, logger, onDesiredChanged });
  await installHub(context);
  if (machine.wasRestored) await (replace.beginEpoch ?? beginEpoch)(context, 'a copy');
  machine.wasRestored = false;
  const disk = simDisk(process, medium);
  await disk.makeFolder('/hub/keys');
  let presence: Presence | undefined;
  let receive: Door['received'] = () => {};
  const carrier: SimCarrier = {
    async subscribe(_filter, listener) {
      receive = listener;
    },
    publish(topic, payload) {
      net.down(topic.split('/')[3] ?? '', topic, payload);
    },
    async close() {},
  };
  const addresses = () => ['https://hub:8443'];
  core = await startDeviceCore(
    {
      context,
      life,
      disk,
      compression,
      data: '/hub',
      advertise: ['hub'],
      deviceCertificateLife: CERTIFICATE_LIFE_MS,
      expiredDevices: machine.expiredDevices,
      restoredDevices: machine.restoredDevices,
      hasSpace: () => !medium.full,
    },
    addresses,
    async (options) => {
      ({ presence } = options);
      return (replace.carrier?.(carrier) ?? carrier) as Broker;
    },
  );
  startRetention({ db, clock, logger, keepMs: KEEP_MESSAGES_MS });

  const started = core;
  const { certificates } = core.identity;
  const admit = async (shown: readonly Uint8Array[]): Promise<DeviceAddress | undefined> => {
    const verdict = await certificates.identify(shown);
    if (!verdict.ok || verdict.device.expired) return undefined;
    const { projectId, deviceId } = verdict.device;
    return { projectId, deviceId };
  };
  let cuts = 0;
  const door: Door = {
    process,
    chain: () => core.identity.server.chain().map(({ raw }) => raw),
    admit: replace.admit?.(admit, started) ?? admit,
    answer: (request, path, shown) => answering(() => answer(machine, started, request, path, shown)),
    makeWay: (device) => presence?.makeWay(device) ?? true,
    connected: (device) => presence?.connected(device, 'MqttOverWs'),
    disconnected: (device) => presence?.disconnected(device),
    received: (topic, payload) => void receive(topic, payload),
    cut(deviceId) {
      cuts += 1;
      const connection = net.connections.get(deviceId);
      if (connection) net.hangUp(connection);
    },
    get cuts() {
      return cuts;
    },
  };
  net.door = door;
  const { id: projectId } = await projectNamed(db, 'default');
  return { context, core, projectId, door };
}

const json = (body: object, headers: Record<string, string> = {}): HttpAnswer => ({
  status: 200,
  headers: { 'content-type': 'application/json', ...headers },
  body: Buffer.from(JSON.stringify(body)),
});

async function answering(work: () => Promise<HttpAnswer>): Promise<HttpAnswer> {
  try {
    return await work();
  } catch (error) {
    const { status } = knownError(error);
    const body = Buffer.from(JSON.stringify(problemOf(error)));
    return { status, headers: { 'content-type': problemMediaType }, body };
  }
}

/** What the device port answers over HTTPS, by path. */
async function answer(
  { blobs, onSigned }: HubMachine,
  { identity, desired }: DeviceCore,
  { headers, body }: HttpRequest,
  path: string,
  shown: readonly Uint8Array[],
): Promise<HttpAnswer> {
  const { authority, joins, certificates, adopting } = identity;
  const device = async (expiredToo = false) => {
    const verdict = await certificates.identify(shown);
    if (verdict.ok && (expiredToo || !verdict.device.expired)) return verdict.device;
    throw hubError('CertificateRefused', 'the certificate is refused');
  };
  const parsed = () => JSON.parse(String(body)) as unknown;
  if (path === '/join/v1/chain')
    return json({ hubId: authority.hubId, chain: [authority.hubIssuer, authority.root].map(String) });
  if (path === '/join/v1/roots') {
    const { hubId, roots, statements } = authority;
    return json({ hubId, roots: roots.map(String), statements });
  }
  if (path === '/join/v1/devices') return json(await joins.join(joinRequest.parse(parsed())));
  if (path === '/link/v1/renew')
    return json(await joins.renew(await device(true), renewRequest.parse(parsed())));
  if (path === '/link/v1/introduction') {
    const verdict = await certificates.identify(shown);
    const bearer = verdict.ok ? verdict.device : verdict.unknown;
    if (!bearer) throw hubError('CertificateRefused', 'the certificate is refused');
    const device = { ...bearer, shown, address: 'somewhere' };
    return json(await adopting.introduce(device, introductionRequest.parse(parsed())));
  }
  if (path.startsWith('/v2/')) {
    await device();
    const found = blobs.read(path.split('/').at(-1) ?? '');
    return found
      ? { status: 200, headers: {}, body: found }
      : { status: 404, headers: {}, body: Buffer.alloc(0) };
  }
  if (path !== '/link/v1/desired') throw hubError('NotFound', 'the device port has no such address');
  const { deviceId } = await device();
  const etag = await desired.etagOf(deviceId);
  if (etag === headers?.['if-none-match'])
    return { status: 304, headers: { etag: etag ?? '' }, body: Buffer.alloc(0) };
  const found = await desired.documentOf(deviceId);
  if (!found) throw notFound('device', deviceId);
  onSigned(JSON.parse(Buffer.from(found.document.envelope.payload, 'base64').toString()));
  return json(found.document, { etag: found.etag });
}
