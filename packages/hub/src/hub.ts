import type { Server as HttpsServer } from 'node:https';
import { join } from 'node:path';
import { type Clock, type Lifetime, type Logger, type Ports, withDeadline } from '@skerry/kit';
import { advertisedHosts, mqttBeside } from './addresses/advertised.ts';
import { spreadAddresses } from './addresses/service.ts';
import { isLoopback, isWildcard, listenOn } from './api/listen.ts';
import { hubMetrics, measureAnswers } from './api/metrics.ts';
import { buildApi } from './api/server.ts';
import { systemRoutes } from './api/system-routes.ts';
import { refuseUnfinishedRestore } from './backup/stage.ts';
import type { HubConfig } from './config.ts';
import type { HubContext } from './context.ts';
import { openPostgres, openSqlite } from './db/open.ts';
import type { Db } from './db/schema.ts';
import { type DeviceSide, startDeviceSide } from './devices.ts';
import { projectFeatures } from './features.ts';
import { hubContext } from './hub-context.ts';
import type { HubCertificate } from './identity/hub-certificate.ts';
import { installation } from './installation/read-model.ts';
import { refuseClockAhead } from './installation/refuse-clock-ahead.ts';
import { installHub } from './installation/service.ts';
import { ensureAdminToken } from './people/admin-token.ts';
import { startRetention } from './telemetry/retention.ts';
import { startStorageGuard } from './telemetry/storage-guard.ts';
import { version } from './version.ts';

export interface HubOptions {
  readonly config: HubConfig;
  readonly ports: Pick<Ports, 'clock' | 'random' | 'disk' | 'compression'>;
  readonly logger: Logger;
  readonly life: Lifetime;
  /** The name of this machine, which devices are told where nothing else is advertised. */
  readonly hostname: string;
}

export interface RunningHub {
  readonly api: string;
  /** `https://HOST:PORT` for devices. */
  readonly devices: readonly string[];
  readonly fingerprint: string;
  readonly adminTokenFile: string;
  /** At the first start alone. */
  readonly adminToken: string | undefined;
  /** From now on `/readyz` says no, so that nobody new is sent here. */
  stopAccepting(): void;
}

/** Starts the hub part by part; each is stopped by `life`, in reverse. */
export async function startHub(options: HubOptions): Promise<RunningHub> {
  const { config, ports, logger, life } = options;
  const { clock, disk } = ports;
  await disk.makeFolder(config.data, 0o700);
  await refuseUnfinishedRestore(disk, config.data);
  const db = await life.start(
    'database',
    () => openDatabase(config, clock),
    (it) => it.destroy(),
  );
  let side: DeviceSide | undefined;
  const context = hubContext({ ...ports, db, logger, onDesiredChanged: (ids) => side?.nudge(ids) });
  await installHub(context);
  if (!config.trustClock) await refuseClockAhead(db, clock);
  const adminTokenFile = join(config.data, 'admin-token');
  const adminToken = await ensureAdminToken(context, disk, adminTokenFile);
  const guard = { ...ports, logger, folder: config.data, reserve: config.diskReserve };
  const storage = await life.start(
    'storage guard',
    () => startStorageGuard(guard),
    (it) => it.stop(),
  );
  const retention = { db, clock, logger, keepMs: config.retention };
  await life.start(
    'retention',
    () => startRetention(retention),
    (it) => it.stop(),
  );
  side = await startDevices(options, context, storage.hasSpace);
  await spreadAddresses(context, config.advertise.length > 0 ? side.advertised : []);
  const { api, stopAccepting } = await startApi(options, context, side, storage.hasSpace);
  const { addresses: devices, fingerprint } = side;
  return { api, devices, fingerprint, adminTokenFile, adminToken, stopAccepting };
}

/** Of whichever kind the settings name. */
export function openDatabase(
  { data, database }: Pick<HubConfig, 'data' | 'database'>,
  clock: Clock,
): Promise<Db> {
  return database === undefined ? openSqlite(join(data, 'hub.db'), clock) : openPostgres(database);
}

function startDevices(
  { config, ports, life, hostname }: HubOptions,
  context: HubContext,
  hasSpace: () => boolean,
): Promise<DeviceSide> {
  return startDeviceSide({
    context,
    life,
    disk: ports.disk,
    compression: ports.compression,
    data: config.data,
    ...config.devicesListen,
    mqttHost: config.mqttListen.host,
    mqttPort: config.mqttListen.port,
    mqttBeside: config.advertise.length > 0 ? undefined : mqttBeside(config),
    advertise: config.advertise.length > 0 ? config.advertise : [reachableAs(config, hostname)],
    deviceCertificateLife: config.certificateLife,
    restoredDevices: config.restoredDevices,
    expiredDevices: config.expiredDevices,
    hasPeers: config.database !== undefined,
    reserveBytes: config.diskReserve,
    hasSpace,
  });
}

/** Where nothing is advertised. */
const reachableAs = ({ devicesListen: { host } }: HubConfig, hostname: string) =>
  isWildcard(host) ? hostname : host;

async function startApi(
  { config, logger, life, hostname }: HubOptions,
  context: HubContext,
  side: DeviceSide,
  hasSpace: () => boolean,
) {
  const { db } = context;
  const { hubId } = await installation(db);
  const { addresses, serverCertificate } = side;
  let accepting = true;
  const metrics = hubMetrics(db, version, hasSpace);
  for (const metric of side.metrics) metrics.registerMetric(metric);
  const system = systemRoutes({
    db,
    info: () => ({
      ...{ hubId, version, fingerprint: side.fingerprint },
      addresses: [...addresses],
      takesMessages: hasSpace(),
    }),
    chain: () => ({ hubId, chain: [...side.chain] }),
    roots: () => side.roots,
    metrics,
    isAccepting: () => accepting,
  });
  const secure = !isLoopback(config.listen.host);
  const app = await buildApi({
    db,
    logger,
    version,
    tls: secure ? tlsOf(serverCertificate) : undefined,
    projectRoutes: [...projectFeatures(context, side), ...side.projectRoutes],
    openRoutes: [system, ...side.openRoutes],
    observe: (it) => measureAnswers(it, metrics),
  });
  const follow = () => (app.server as unknown as HttpsServer).setSecureContext(tlsOf(serverCertificate));
  if (secure)
    await life.start(
      'certificate of the API',
      () => serverCertificate.onRenewed(follow),
      (stop) => stop(),
    );
  const where = {
    ...config.listen,
    scheme: secure ? ('https' as const) : ('http' as const),
    flag: '--listen',
    name: isWildcard(config.listen.host)
      ? (advertisedHosts(config.advertise)[0] ?? hostname)
      : config.listen.host,
  };
  const api = await life.start(
    'API',
    () => listenOn(app, where),
    () => closeSoon(app, context.clock),
  );
  const stopAccepting = () => {
    accepting = false;
  };
  return { api, stopAccepting };
}

/** How long those are answered who were asking; who waits for a command would hold up the end for longer. */
const ANSWERING_MS = 2_000;

async function closeSoon(app: Awaited<ReturnType<typeof buildApi>>, clock: Clock): Promise<void> {
  const closed = app.close();
  await withDeadline(closed, ANSWERING_MS, clock, 'answering those who were asking').catch(() => {});
  app.server.closeAllConnections();
  await closed;
}

function tlsOf({ key, chain }: HubCertificate) {
  return { key: key.export({ type: 'pkcs8', format: 'pem' }).toString(), cert: chain().join('') };
}
