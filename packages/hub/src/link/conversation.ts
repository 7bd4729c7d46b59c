import {
  type DeviceAddress,
  type Hello,
  hello as helloSchema,
  type Inventory,
  protocolVersion,
  type Report,
  report as reportSchema,
  type UpKind,
  type Welcome,
} from '@skerry/contracts';
import type { Compression } from '@skerry/kit';
import type { z } from 'zod';
import type { HubContext } from '../context.ts';
import { nowText } from '../time.ts';
import { reportVersionOf } from '../twins/read-model.ts';
import { takeBatches } from './batches.ts';
import type { DesiredDocuments } from './desired.ts';
import { settleStreams } from './hello.ts';
import { ingest } from './ingest.ts';
import type { Session, Sessions } from './sessions.ts';
import { tellEvents } from './tell-events.ts';
import { type Warn, warnings } from './warnings.ts';

/** What the link tells the fleet, whose feature is another. */
export interface LinkFleet {
  connection(
    deviceId: string,
    state: { connected: boolean; reason: 'MqttOverWs' | 'LinkLost'; message: string },
  ): Promise<void>;
  inventory(deviceId: string, inventory: Inventory): Promise<void>;
  seen(deviceIds: readonly string[]): Promise<void>;
}

export interface ConversationOptions {
  readonly context: HubContext;
  readonly compression: Compression;
  readonly desired: DesiredDocuments;
  readonly fleet: LinkFleet;
  readonly reports: { apply(deviceId: string, report: Report): Promise<{ stored: number }> };
  /** False while the disk's reserve is reached: then nothing is taken, and nothing acknowledged. */
  readonly hasSpace: () => boolean;
}

/** What to do with a message of a device, by its kind. */
export type Handlers = Partial<Record<UpKind, (device: DeviceAddress, payload: Uint8Array) => Promise<void>>>;

/** Answers what devices say, whatever carries it. */
export function conversation(options: ConversationOptions, sessions: Sessions): Handlers {
  const { context } = options;
  const warn = warnings(context);
  const welcome = welcoming(options, sessions);

  const greet = async (device: DeviceAddress, hello: Hello): Promise<void> => {
    const { fleet } = options;
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
    const { stored } = await options.reports.apply(device.deviceId, report);
    if (stored !== report.version) await welcome(session, []);
  };

  const told = ingest({ context, tell: tellEvents(context) });
  return {
    hello: reading(helloSchema, warn, greet),
    report: reading(reportSchema, warn, takeReport),
    batch: takeBatches({ ...options, db: context.db, sessions, warn, ingest: told }),
  };
}

function welcoming({ context, desired }: ConversationOptions, sessions: Sessions) {
  return async (session: Session, streams: Welcome['streams']): Promise<void> => {
    const etag = await desired.etagOf(session.deviceId);
    const message: Welcome = {
      session: session.id,
      protocol: protocolVersion,
      time: nowText(context.clock),
      streams,
      ...(etag !== undefined && { desired: etag }),
      reportVersion: await reportVersionOf(context.db, session.deviceId),
    };
    sessions.tell(session, 'welcome', message);
  };
}

function reading<Message>(
  schema: z.ZodType<Message>,
  warn: Warn,
  handle: (device: DeviceAddress, message: Message) => Promise<void>,
) {
  return async (device: DeviceAddress, payload: Uint8Array): Promise<void> => {
    const parsed = schema.safeParse(readJson(payload));
    if (parsed.success) return handle(device, parsed.data);
    const [issue] = parsed.error.issues;
    await warn(
      device,
      'InvalidRequest',
      `a message is not valid: ${issue?.path.join('.')}: ${issue?.message}`,
    );
  };
}

function readJson(payload: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(payload).toString());
  } catch {
    return undefined;
  }
}
