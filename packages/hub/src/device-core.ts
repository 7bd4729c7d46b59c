import { join } from 'node:path';
import { identityUri } from '@skerry/contracts';
import type { Compression, Disk, Lifetime } from '@skerry/kit';
import { advertisedHosts } from './addresses/advertised.ts';
import type { Broker, BrokerOptions } from './broker/broker.ts';
import { type CommandService, commandService } from './commands/service.ts';
import type { HubContext } from './context.ts';
import { type ContinuityService, continuityService, type RestoredPolicy } from './continuity/service.ts';
import { adoption } from './fleet/adoption/service.ts';
import { fleetMembership } from './fleet/membership.ts';
import { type Authority, openAuthority } from './identity/authority.ts';
import { deviceCertificates } from './identity/device-certificates.ts';
import { type HubCertificate, keepHubCertificate } from './identity/hub-certificate.ts';
import { joining } from './identity/join.ts';
import { keyFolder } from './identity/key-folder.ts';
import { announceRevocation } from './identity/standing/follow.ts';
import { deviceStanding, type ExpiredPolicy } from './identity/standing/service.ts';
import { deviceTokens } from './identity/tokens.ts';
import { installation } from './installation/read-model.ts';
import { desiredDocuments } from './link/desired.ts';
import { type Link, openLink } from './link/link.ts';
import { warnings } from './link/warnings.ts';
import { computeDesires } from './twins/change-intent.ts';
import { twinReports } from './twins/reports.ts';

export interface DeviceCoreOptions {
  readonly context: HubContext;
  readonly life: Lifetime;
  readonly disk: Disk;
  readonly compression: Compression;
  /** The hub's data folder. */
  readonly data: string;
  /** Hosts by which devices reach this hub, or URLs of its ports. */
  readonly advertise: readonly string[];
  /** Milliseconds. */
  readonly deviceCertificateLife: number;
  readonly restoredDevices?: RestoredPolicy;
  /** Whether other hubs share the database. */
  readonly hasPeers?: boolean;
  readonly expiredDevices?: ExpiredPolicy;
  /** False while the disk's reserve is reached. */
  readonly hasSpace: () => boolean;
}

/** What carries messages to devices and from them. */
export type Carrier = Pick<Broker, 'subscribe' | 'publish' | 'close'>;

const DAY = 86_400_000;
/** Whoever steals the key of it is taken for the hub for no longer, also by a device that knows no time. */
const SERVER_LIFE = 30 * DAY;
/** A device that was away for long still has to trust what was signed before. */
const SIGNER_LIFE = 5 * 365 * DAY;
const LONGEST_TOPIC_SHOWN = 256;

/** All that decides about devices, with no socket opened: identity, continuity, desired states and the link. */
export async function startDeviceCore<C extends Carrier>(
  options: DeviceCoreOptions,
  addresses: () => readonly string[],
  startCarrier: (options: BrokerOptions) => Promise<C>,
) {
  const { context, restoredDevices = 'go-on' } = options;
  const identity = await startIdentity(options, addresses);
  const continuity = continuityService(context, restoredDevices);
  const commands = await options.life.start(
    'commands',
    () => commandService(context, options.hasPeers),
    (it) => it.delivery.stop(),
  );
  const linked = await startLink(options, identity, { continuity, commands }, startCarrier);
  return { identity, continuity, commands, ...linked };
}

export type Identity = Awaited<ReturnType<typeof startIdentity>>;

/** Who the hub is, and how devices become its own. */
async function startIdentity(options: DeviceCoreOptions, addresses: () => readonly string[]) {
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
  const announce = announceRevocation(context);
  const standing = deviceStanding({ context, policy: options.expiredDevices ?? 'allow', announce });
  const joins = joining({ context, authority, certificates, standing, fleet, addresses });
  const tokens = deviceTokens({ context, authority, addresses });
  const adopting = adoption({ context, fleet, certificates });
  return { authority, server, signer, fleet, certificates, standing, joins, tokens, adopting };
}

/** Broker and link know each other only here: the one carries, the other listens. */
async function startLink<C extends Carrier>(
  options: DeviceCoreOptions,
  { fleet, signer }: Identity,
  { continuity, commands }: { continuity: ContinuityService; commands: CommandService },
  startCarrier: (options: BrokerOptions) => Promise<C>,
) {
  const { context, life } = options;
  const desired = desiredDocuments(context, signer);
  const warn = warnings(context);
  let link: Link | undefined;
  const broker = await life.start(
    'broker',
    () =>
      startCarrier({
        ...context,
        presence: {
          makeWay: (device) => link?.makeWay(device) ?? true,
          connected: (device, over) => link?.connected(device, over),
          disconnected: (device) => link?.disconnected(device),
        },
        onDenial: ({ what, topic = '', why, ...device }) => {
          const message = `${what} refused${topic && ` on ${topic.slice(0, LONGEST_TOPIC_SHOWN)}`}: ${why}`;
          warn(device, 'TopicRefused', message);
        },
      }),
    (it) => it.close(),
  );
  const opened = await life.start(
    'link',
    () =>
      openLink({
        ...options,
        broker,
        desired,
        fleet,
        continuity,
        commands: commands.delivery,
        reports: twinReports(context),
      }),
    (it) => it.close(),
  );
  link = opened;
  return { broker, link: opened, desired };
}

function startHubCertificate(
  { context, life, disk, data, advertise }: DeviceCoreOptions,
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
          hosts: [...new Set([...advertisedHosts(advertise), 'localhost', '127.0.0.1', '::1'])],
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
