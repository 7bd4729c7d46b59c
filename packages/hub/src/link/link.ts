import {
  type DeviceAddress,
  type Hello,
  hello as helloSchema,
  type Inventory,
  parseTopic,
  protocolVersion,
  type Report,
  report as reportSchema,
  type UpKind,
  type Welcome,
} from '@skerry/contracts';
import { type Compression, every } from '@skerry/kit';
import type { z } from 'zod';
import type { Broker, Presence } from '../broker/broker.ts';
import type { HubContext } from '../context.ts';
import { nowText } from '../time.ts';
import { reportVersionOf } from '../twins/read-model.ts';
import { takeBatches } from './batches.ts';
import type { DesiredDocuments } from './desired.ts';
import { deviceQueue } from './device-queue.ts';
import { settleStreams } from './hello.ts';
import { ingest } from './ingest.ts';
import { type Session, sessions as trackSessions } from './sessions.ts';
import { tellEvents } from './tell-events.ts';
import { warnings } from './warnings.ts';

/** What the link tells the fleet, whose feature is another. */
export interface LinkFleet {
  connection(
    deviceId: string,
    state: { connected: boolean; reason: 'MqttOverWs' | 'LinkLost'; message: string },
  ): Promise<void>;
  inventory(deviceId: string, inventory: Inventory): Promise<void>;
  seen(deviceIds: readonly string[]): Promise<void>;
}

export interface LinkOptions {
  readonly context: HubContext;
  readonly broker: Pick<Broker, 'subscribe' | 'publish'>;
  readonly compression: Compression;
  readonly desired: DesiredDocuments;
  readonly fleet: LinkFleet;
  readonly reports: { apply(deviceId: string, report: Report): Promise<{ stored: number }> };
  /** False while the disk's reserve is reached: then nothing is taken, and nothing acknowledged. */
  readonly hasSpace: () => boolean;
}

/** The hub's side of the link. It reads uplinks by subscription, trusting the device in the topic. */
export interface Link extends Presence {
  /** Tells devices that their desired state changed; those without a session learn it in their next. */
  nudge(deviceIds: readonly string[]): void;
  /** Takes nothing more, and finishes what was taken. */
  close(): Promise<void>;
}

const UPLINKS = 'skerry/v1/+/+/up/+';
const MAX_WAITING_PER_DEVICE = 8;
const MAX_WAITING_BYTES = 64 * 1024 * 1024;
const SEEN_EVERY_MS = 10_000;

type Handle = (device: DeviceAddress, payload: Uint8Array) => Promise<void>;

export async function openLink(options: LinkOptions): Promise<Link> {
  const { context, broker, desired, fleet, reports } = options;
  const { db, clock, logger } = context;
  const sessions = trackSessions(broker);
  const warn = warnings(context);
  const queue = deviceQueue({ logger, maxPerDevice: MAX_WAITING_PER_DEVICE, maxBytes: MAX_WAITING_BYTES });

  const welcome = async (session: Session, streams: Welcome['streams']): Promise<void> => {
    const etag = await desired.etagOf(session.deviceId);
    const message: Welcome = {
      session: session.id,
      protocol: protocolVersion,
      time: nowText(clock),
      streams,
      ...(etag !== undefined && { desired: etag }),
      reportVersion: await reportVersionOf(db, session.deviceId),
    };
    sessions.tell(session, 'welcome', message);
  };

  const greet = async (device: DeviceAddress, hello: Hello): Promise<void> => {
    const { orders, contradictions } = await settleStreams(context, device, hello);
    if (contradictions.length > 0) await warn(device, 'RestoredOrCloned', contradictions.join('; '));
    await fleet.inventory(device.deviceId, hello.inventory);
    await fleet.connection(device.deviceId, {
      connected: true,
      reason: 'MqttOverWs',
      message: 'a session is live',
    });
    const session = { ...device, id: hello.session };
    sessions.begin(session);
    await welcome(session, orders);
  };

  /** A report that does not follow the stored one is answered with the stored version: the device sends the whole. */
  const takeReport = async (device: DeviceAddress, report: Report): Promise<void> => {
    const session = sessions.current(device.deviceId, report.session);
    if (!session) return;
    const { stored } = await reports.apply(device.deviceId, report);
    if (stored !== report.version) await welcome(session, []);
  };

  const reading =
    <Message>(
      schema: z.ZodType<Message>,
      handle: (device: DeviceAddress, message: Message) => Promise<void>,
    ): Handle =>
    async (device, payload) => {
      const parsed = schema.safeParse(readJson(payload));
      if (parsed.success) return handle(device, parsed.data);
      const [issue] = parsed.error.issues;
      await warn(
        device,
        'InvalidRequest',
        `a message is not valid: ${issue?.path.join('.')}: ${issue?.message}`,
      );
    };

  const handlers: Record<UpKind, Handle> = {
    hello: reading(helloSchema, greet),
    report: reading(reportSchema, takeReport),
    batch: takeBatches({
      ...options,
      db,
      sessions,
      warn,
      ingest: ingest({ context, tell: tellEvents(context) }),
    }),
  };

  const receive = (topic: string, payload: Uint8Array) => {
    const parsed = parseTopic(topic);
    if (parsed?.direction !== 'up') return;
    const { projectId, deviceId, kind } = parsed;
    sessions.heard(deviceId);
    const taken = queue.add(deviceId, payload.length, () => handlers[kind]({ projectId, deviceId }, payload));
    if (!taken) logger.warn('a message of a device was not taken: too much waits', { deviceId, kind });
  };

  const endSession = async (deviceId: string): Promise<void> => {
    if (!sessions.end(deviceId)) return;
    await fleet.connection(deviceId, { connected: false, reason: 'LinkLost', message: 'the session ended' });
  };

  const nudgeOne = async (deviceId: string): Promise<void> => {
    const session = sessions.current(deviceId);
    const etag = session && (await desired.etagOf(deviceId));
    if (session && etag !== undefined) sessions.tell(session, 'nudge', { desired: etag });
  };

  const noteSeen = () => {
    const ids = sessions.heardOf();
    if (ids.length === 0) return;
    fleet
      .seen(ids)
      .catch((error) => logger.warn('when devices were heard of could not be stored', { error }));
  };

  await broker.subscribe(UPLINKS, receive);
  const stopNoting = every(clock, SEEN_EVERY_MS, noteSeen);

  return {
    connected: ({ deviceId }) => logger.debug('a device connected', { deviceId }),
    disconnected: ({ deviceId }) => void queue.add(deviceId, 0, () => endSession(deviceId)),
    nudge(deviceIds) {
      for (const deviceId of deviceIds)
        nudgeOne(deviceId).catch((error) => logger.warn('a device could not be nudged', { deviceId, error }));
    },
    async close() {
      stopNoting();
      await queue.close();
    },
  };
}

function readJson(payload: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(payload).toString());
  } catch {
    return undefined;
  }
}
