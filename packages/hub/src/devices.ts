import { join } from 'node:path';
import { fingerprintOf, type RootsResponse } from '@skerry/contracts';
import { every, singleFlight } from '@skerry/kit';
import type { FastifyInstance } from 'fastify';
import type { Metric } from 'prom-client';
import { advertisedAddresses } from './addresses/advertised.ts';
import type { ProjectRoutes } from './api/project-routes.ts';
import { removeAbandonedCopies } from './backup/copy.ts';
import { startBroker } from './broker/broker.ts';
import { commandRoutes } from './commands/routes.ts';
import { deleteOrphans } from './commands/store.ts';
import { type DeviceCoreOptions, type Identity, startDeviceCore } from './device-core.ts';
import { type DevicesPort, openDevicesPort } from './devices-port/devices-port.ts';
import { type Fetching, fetching as openFetching } from './devices-port/fetching.ts';
import type { Peers } from './devices-port/peers.ts';
import { pruneEvents } from './events/prune.ts';
import { admissionRoutes } from './fleet/admission/routes.ts';
import { admissionService } from './fleet/admission/service.ts';
import { introductionRoutes } from './fleet/adoption/routes.ts';
import { deleteWaitingBefore } from './fleet/adoption/store.ts';
import type { DeviceIdentities } from './fleet/service.ts';
import { followRotation } from './identity/follow-rotation.ts';
import type { HubCertificate } from './identity/hub-certificate.ts';
import { deviceTokenRoutes, joinRoutes, rootsOf } from './identity/routes.ts';
import { followRevocations } from './identity/standing/follow.ts';
import { standingRoutes } from './identity/standing/routes.ts';
import { deleteEndedCertificates } from './identity/store.ts';
import { type LinkCarrier, linkCarrier } from './link/carrier.ts';
import type { DesiredDocuments } from './link/desired.ts';
import { httpsLinkRoutes } from './link/https-routes.ts';
import { linkRoutes } from './link/routes.ts';
import type { FindPushedModel } from './models/versions.ts';
import { type BlobStore, diskBlobStore } from './registry/blob-store.ts';
import { blobsInTurn } from './registry/giving.ts';
import { findPushedModel } from './registry/read-model.ts';
import { rightsOfDevices, rightsOfPeople } from './registry/rights.ts';
import { registryRoutes } from './registry/routes.ts';
import { type Registry, registryService } from './registry/service.ts';
import { deleteBootsBefore } from './telemetry/dating/store.ts';
import { steadyNow, timeText } from './time.ts';

export interface DeviceSideOptions extends DeviceCoreOptions {
  /** Where the device port listens. */
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly mqttPort: number;
  /** Where plain MQTT listens, if not on `host`. */
  readonly mqttHost?: string;
  /** Told to devices as the port of MQTT over TLS, on whichever host they reached. */
  readonly mqttBeside?: number | undefined;
  /** Bytes that uploads to the registry leave free on the disk. */
  readonly reserveBytes: number;
}

/** What the rest of the hub needs of the side that devices see. */
export interface DeviceSide {
  readonly fingerprint: string;
  /** PEM: the hub's issuing certificate, the root. */
  readonly chain: readonly string[];
  readonly roots: RootsResponse;
  /** `https://HOST:PORT` of the device port. */
  readonly addresses: readonly string[];
  /** The same, with `mqtts://HOST:PORT` for MQTT alone. */
  readonly advertised: readonly string[];
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
  /** For operators. */
  readonly metrics: readonly Metric[];
}

const DAY = 86_400_000;
const HOUR = 3_600_000;
/** Longer than machines run without a boot, or lie about with messages that nobody has dated. */
const BOOTS_KEPT_MS = 1000 * DAY;
const MAX_BLOB_BYTES = 64 * 2 ** 30;

/** Starts all that devices meet: identity, registry, broker and link, and the port in front of them. */
export async function startDeviceSide(options: DeviceSideOptions): Promise<DeviceSide> {
  const { context, life } = options;
  const { db } = context;
  let addresses: readonly string[] = [];
  const core = await startDeviceCore(
    options,
    () => addresses,
    (carried) => linkCarrier({ ...context, ...carried, startBroker }),
  );
  const { identity, continuity, commands, broker, link, desired } = core;
  const { authority, server } = identity;
  const blobs = diskBlobStore({
    ...options,
    folder: join(options.data, 'blobs'),
    maxBlobBytes: MAX_BLOB_BYTES,
  });
  const registry = registryService(context, blobs);
  const fetching = openFetching(context);
  const port = await startPort(options, identity, { broker, desired, registry, fetching });
  const advertised = advertisedAddresses(options.advertise, port);
  addresses = advertised.filter((address) => address.startsWith('https:'));
  await startTidying(options, blobs);
  const disconnect = (deviceId: string) => {
    port.disconnect(deviceId);
    broker.https.end(deviceId);
  };
  await life.start(
    'rotation',
    () => followRotation({ ...context, authority }),
    (it) => it.stop(),
  );
  if (options.hasPeers)
    await life.start(
      'revocations',
      () => followRevocations({ ...context, disconnect }),
      (it) => it.stop(),
    );

  return {
    get fingerprint() {
      return fingerprintOf(authority.root.raw);
    },
    get chain() {
      return [authority.hubIssuer, authority.root].map(String);
    },
    get roots() {
      return rootsOf(authority);
    },
    addresses,
    advertised,
    port: port.port,
    mqttPort: port.mqttPort,
    serverCertificate: server,
    identities: { revoke: identity.certificates.revoke, disconnect },
    findPushed: findPushedModel(db, blobs),
    projectRoutes: [
      deviceTokenRoutes(identity.tokens),
      commandRoutes(commands),
      standingRoutes(identity.standing, disconnect),
      admissionRoutes(db, admissionService({ context, continuity, ...identity }), disconnect),
    ],
    openRoutes: [
      async (app) => {
        await app.register(registryRoutes({ registry, ...context, authorize: rightsOfPeople(db) }));
      },
    ],
    nudge: link.nudge,
    metrics: [...link.metrics, ...fetching.metrics],
  };
}

interface Served {
  readonly broker: LinkCarrier;
  readonly desired: DesiredDocuments;
  readonly registry: Registry;
  readonly fetching: Fetching;
}

function startPort(
  options: DeviceSideOptions,
  identity: Identity,
  { broker, desired, registry, fetching }: Served,
): Promise<DevicesPort> {
  const { context, life } = options;
  const { authority, joins, adopting } = identity;
  const routes = async (app: FastifyInstance, peers: Peers) => {
    await app.register(joinRoutes(authority, joins, peers, context.clock));
    await app.register(introductionRoutes(adopting, peers));
    await app.register(linkRoutes(desired, peers));
    await app.register(httpsLinkRoutes(broker.https, peers));
    const authorize = rightsOfDevices(context.db, peers);
    const giving = blobsInTurn(fetching, peers);
    await app.register(registryRoutes({ registry, ...context, authorize, giving }));
  };
  return life.start(
    'device port',
    () => openDevicesPort({ ...options, ...context, ...identity, broker, fetching, routes }),
    (it) => it.close(),
  );
}

/** Forgets what ended or happened long ago, and uploads and backups that nobody goes on with. */
function startTidying({ context, life, disk, data }: DeviceSideOptions, blobs: BlobStore): Promise<unknown> {
  const { db, clock, logger } = context;
  const now = steadyNow(clock);
  const tidy = async (signal: AbortSignal) => {
    await removeAbandonedCopies({ disk, clock, data });
    await deleteEndedCertificates(db, timeText(now() - 30 * DAY));
    await deleteBootsBefore(db, now() - BOOTS_KEPT_MS);
    await deleteOrphans(db);
    await deleteWaitingBefore(db, timeText(now() - 90 * DAY));
    await blobs.cancelStale(now() - DAY);
    await pruneEvents(context, now(), signal);
  };
  const flight = singleFlight(tidy, (error) => logger.warn('tidying failed', { error }));
  return life.start(
    'tidying',
    () => {
      flight.trigger();
      return every(clock, HOUR, flight.trigger);
    },
    async (stop) => {
      stop();
      await flight.stop();
    },
  );
}
