import { join } from 'node:path';
import { fingerprintOf, identityUri } from '@skerry/contracts';
import { type Compression, type Disk, every, type Lifetime } from '@skerry/kit';
import type { FastifyInstance } from 'fastify';
import type { ProjectRoutes } from './api/project-routes.ts';
import { type Broker, startBroker } from './broker/broker.ts';
import type { HubContext } from './context.ts';
import { continuityRoutes } from './continuity/routes.ts';
import { type ContinuityService, continuityService, type RestoredPolicy } from './continuity/service.ts';
import { type DevicesPort, openDevicesPort } from './devices-port/devices-port.ts';
import type { Peers } from './devices-port/peers.ts';
import { fleetMembership } from './fleet/membership.ts';
import type { DeviceIdentities } from './fleet/service.ts';
import { type Authority, openAuthority } from './identity/authority.ts';
import { deviceCertificates } from './identity/device-certificates.ts';
import { type HubCertificate, keepHubCertificate } from './identity/hub-certificate.ts';
import { joining } from './identity/join.ts';
import { keyFolder } from './identity/key-folder.ts';
import { deviceTokenRoutes, joinRoutes } from './identity/routes.ts';
import { deleteEndedCertificates } from './identity/store.ts';
import { deviceTokens } from './identity/tokens.ts';
import { installation } from './installation/read-model.ts';
import { type DesiredDocuments, desiredDocuments } from './link/desired.ts';
import { type Link, openLink } from './link/link.ts';
import { linkRoutes } from './link/routes.ts';
import { warnings } from './link/warnings.ts';
import type { FindPushedModel } from './models/versions.ts';
import { type BlobStore, diskBlobStore } from './registry/blob-store.ts';
import { findPushedModel } from './registry/read-model.ts';
import { rightsOfDevices, rightsOfPeople } from './registry/rights.ts';
import { registryRoutes } from './registry/routes.ts';
import { type Registry, registryService } from './registry/service.ts';
import { timeText } from './time.ts';
import { computeDesires } from './twins/change-intent.ts';
import { twinReports } from './twins/reports.ts';

export interface DeviceSideOptions {
  readonly context: HubContext;
  readonly life: Lifetime;
  readonly disk: Disk;
  readonly compression: Compression;
  /** The hub's data folder. */
  readonly data: string;
  /** Where the device port listens. */
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly mqttPort: number;
  /** Where plain MQTT listens, if not on `host`. */
  readonly mqttHost?: string;
  /** Names and addresses by which devices reach this hub. */
  readonly advertise: readonly string[];
  /** Milliseconds. */
  readonly deviceCertificateLife: number;
  readonly restoredDevices?: RestoredPolicy;
  /** Bytes that uploads to the registry leave free on the disk. */
  readonly reserveBytes: number;
  /** False while the disk's reserve is reached. */
  readonly hasSpace: () => boolean;
}

/** What the rest of the hub needs of the side that devices see. */
export interface DeviceSide {
  readonly fingerprint: string;
  /** PEM: the hub's issuing certificate, the root. */
  readonly chain: readonly string[];
  /** `https://HOST:PORT` of the device port. */
  readonly addresses: readonly string[];
  readonly port: number;
  readonly mqttPort: number;
  /** For the people's API where it listens beyond loopback. */
  readonly serverCertificate: HubCertificate;
  readonly identities: DeviceIdentities;
  readonly findPushed: FindPushedModel;
  readonly projectRoutes: readonly ProjectRoutes[];
  /** The registry, for people. */
  readonly openRoutes: readonly ((app: FastifyInstance) => Promise<void>)[];
  nudge(deviceIds: readonly string[]): void;
}

const DAY = 86_400_000;
const HOUR = 3_600_000;
const SERVER_LIFE = 90 * DAY;
/** A device that was away for long still has to trust what was signed before. */
const SIGNER_LIFE = 5 * 365 * DAY;
const LONGEST_TOPIC_SHOWN = 256;
const MAX_BLOB_BYTES = 64 * 2 ** 30;

/** Starts all that devices meet: identity, registry, broker and link, and the port in front of them. */
export async function startDeviceSide(options: DeviceSideOptions): Promise<DeviceSide> {
  const { context, life } = options;
  const { db } = context;
  let addresses: readonly string[] = [];
  const identity = await startIdentity(options, () => addresses);
  const { authority, server } = identity;
  const blobs = diskBlobStore({
    ...options,
    folder: join(options.data, 'blobs'),
    maxBlobBytes: MAX_BLOB_BYTES,
  });
  const registry = registryService(context, blobs);
  const continuity = continuityService(context, options.restoredDevices ?? 'go-on');
  const { broker, link, desired } = await startLink(options, identity, continuity);
  const port = await startPort(options, identity, { broker, desired, registry });
  addresses = options.advertise.map((host) => `https://${hostInUrl(host)}:${port.port}`);
  await startTidying(life, context, blobs);

  return {
    fingerprint: fingerprintOf(authority.root.raw),
    chain: [authority.hubIssuer, authority.root].map(String),
    addresses,
    port: port.port,
    mqttPort: port.mqttPort,
    serverCertificate: server,
    identities: { revoke: identity.certificates.revoke, disconnect: port.disconnect },
    findPushed: findPushedModel(db, blobs),
    projectRoutes: [deviceTokenRoutes(identity.tokens), continuityRoutes(continuity)],
    openRoutes: [
      async (app) => {
        await app.register(registryRoutes({ registry, ...context, authorize: rightsOfPeople(db) }));
      },
    ],
    nudge: link.nudge,
  };
}

const hostInUrl = (host: string) => (host.includes(':') ? `[${host}]` : host);

type Identity = Awaited<ReturnType<typeof startIdentity>>;

/** Who the hub is, and how devices become its own. */
async function startIdentity(options: DeviceSideOptions, addresses: () => readonly string[]) {
  const { context } = options;
  const { hubId } = await installation(context.db);
  const keys = keyFolder(options.disk, join(options.data, 'keys'));
  const authority = await openAuthority({ ...context, hubId, keys });
  const server = await startHubCertificate(options, authority, 'server');
  const signer = await startHubCertificate(options, authority, 'signer');
  const fleet = fleetMembership(context, async (trx, projectId, deviceId) => {
    await computeDesires(context, trx, projectId, [deviceId]);
  });
  await fleet.forgetSessions();
  const certificates = deviceCertificates({
    context,
    authority,
    life: options.deviceCertificateLife,
    hasDevice: async ({ deviceId, projectId }) =>
      (await fleet.describeDevice(deviceId))?.projectId === projectId,
  });
  const joins = joining({ context, authority, certificates, fleet, addresses });
  const tokens = deviceTokens({ context, authority, addresses });
  return { authority, server, signer, fleet, certificates, joins, tokens };
}

/** Broker and link know each other only here: the one carries, the other listens. */
async function startLink(
  options: DeviceSideOptions,
  { fleet, signer }: Identity,
  continuity: ContinuityService,
) {
  const { context, life } = options;
  const desired = desiredDocuments(context, signer);
  const warn = warnings(context);
  let link: Link | undefined;
  const broker = await life.start(
    'broker',
    () =>
      startBroker({
        ...context,
        presence: { disconnected: (device) => link?.disconnected(device) },
        onDenial: ({ what, topic = '', why, ...device }) => {
          const message = `${what} refused${topic && ` on ${topic.slice(0, LONGEST_TOPIC_SHOWN)}`}: ${why}`;
          warn(device, 'TopicRefused', message);
        },
      }),
    (it) => it.close(),
  );
  const opened = await life.start(
    'link',
    () => openLink({ ...options, broker, desired, fleet, continuity, reports: twinReports(context) }),
    (it) => it.close(),
  );
  link = opened;
  return { broker, link: opened, desired };
}

interface Served {
  readonly broker: Broker;
  readonly desired: DesiredDocuments;
  readonly registry: Registry;
}

function startPort(
  options: DeviceSideOptions,
  identity: Identity,
  { broker, desired, registry }: Served,
): Promise<DevicesPort> {
  const { context, life } = options;
  const { authority, joins } = identity;
  const routes = async (app: FastifyInstance, peers: Peers) => {
    await app.register(joinRoutes(authority, joins, peers, context.clock));
    await app.register(linkRoutes(desired, peers));
    await app.register(
      registryRoutes({ registry, ...context, authorize: rightsOfDevices(context.db, peers) }),
    );
  };
  return life.start(
    'device port',
    () => openDevicesPort({ ...options, ...context, ...identity, broker, routes }),
    (it) => it.close(),
  );
}

/** Forgets certificates that have ended long ago, and uploads that nobody goes on with. */
function startTidying(life: Lifetime, { db, clock, logger }: HubContext, blobs: BlobStore): Promise<unknown> {
  const tidy = async () => {
    await deleteEndedCertificates(db, timeText(clock.now() - 30 * DAY));
    await blobs.cancelStale(clock.now() - DAY);
  };
  const tidyUp = () => void tidy().catch((error) => logger.warn('tidying failed', { error }));
  return life.start(
    'tidying',
    () => every(clock, HOUR, tidyUp),
    (stop) => stop(),
  );
}

function startHubCertificate(
  { context, life, disk, data, advertise }: DeviceSideOptions,
  authority: Authority,
  name: 'server' | 'signer',
): Promise<HubCertificate> {
  const { hubId } = authority;
  const wish =
    name === 'server'
      ? {
          commonName: `Skerry hub ${hubId}`,
          usages: ['serverAuth'] as const,
          uri: identityUri({ kind: 'hub', hubId }),
          hosts: [...new Set([...advertise, 'localhost', '127.0.0.1', '::1'])],
          life: SERVER_LIFE,
        }
      : {
          commonName: `Skerry signer ${hubId}`,
          usages: ['codeSigning'] as const,
          uri: identityUri({ kind: 'signer', hubId }),
          life: SIGNER_LIFE,
        };
  const keys = keyFolder(disk, join(data, 'keys'));
  return life.start(
    `${name} certificate`,
    () => keepHubCertificate({ ...context, authority, keys, name, wish }),
    (it) => it.stop(),
  );
}
