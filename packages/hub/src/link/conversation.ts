import {
  type Busy,
  type Command,
  type CommandAnswer,
  type Confirm,
  commandAnswer,
  confirm as confirmSchema,
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
import type { Over } from '../broker/broker.ts';
import type { HubContext } from '../context.ts';
import { learnBoots } from '../telemetry/read-model.ts';
import { nowText } from '../time.ts';
import { reportVersionOf } from '../twins/read-model.ts';
import { type Admission, type Admitted, backlogOf } from './admission.ts';
import type { AtMost } from './at-most.ts';
import { takeBatches } from './batches.ts';
import type { DesiredDocuments } from './desired.ts';
import { type Contradicts, isCounted } from './forks.ts';
import { settleStreams } from './hello.ts';
import { ingest } from './ingest.ts';
import type { LinkMeter } from './meter.ts';
import type { Session, Sessions } from './sessions.ts';
import type { Takeovers } from './takeovers.ts';
import { tellEvents } from './tell-events.ts';
import { type Warn, warnings } from './warnings.ts';

/** What the link tells the fleet, whose feature is another. */
export interface LinkFleet {
  connection(
    deviceId: string,
    state: { connected: boolean; reason: Over | 'LinkLost'; message: string },
  ): Promise<void>;
  inventory(deviceId: string, inventory: Inventory): Promise<void>;
  seen(deviceIds: readonly string[]): Promise<void>;
}

/** What the link asks of continuity: whether this is the device that the hub knows, or a copy of it. */
export interface LinkContinuity {
  greet(
    device: DeviceAddress,
    session: string,
    secret: string | undefined,
  ): Promise<{
    readonly admitted: boolean;
    readonly secret?: string;
    readonly found?: string;
    readonly isOther?: boolean;
  }>;
  confirm(device: DeviceAddress, stored: string): Promise<void>;
  readonly contradicts: Contradicts;
  /** Whether one that is not the device that the hub knows has to wait for a person. */
  readonly holdsCopies: boolean;
}

/** What it tells of commands. */
export interface LinkCommands {
  began(session: Session & { send(command: Command): void }): void;
  ended(deviceId: string): void;
  answered(device: DeviceAddress, answer: CommandAnswer): Promise<void>;
}

export interface ConversationOptions {
  readonly context: HubContext;
  readonly compression: Compression;
  readonly desired: DesiredDocuments;
  readonly fleet: LinkFleet;
  readonly continuity: LinkContinuity;
  readonly commands: LinkCommands;
  readonly reports: { apply(deviceId: string, report: Report): Promise<{ stored: number }> };
  /** False while the disk's reserve is reached: then nothing is taken, and nothing acknowledged. */
  readonly hasSpace: () => boolean;
  readonly admission: Admission;
  readonly meter: LinkMeter;
  /** Runs what has to wait for no batch, and keeps none waiting for long. */
  readonly aside: AtMost;
  readonly takeovers: Pick<Takeovers, 'waitMs'>;
  /** By what a device is connected now. */
  readonly overOf: (deviceId: string) => Over;
}

/** How soon somebody who waits for a person asks again, ms, and later where that cuts the device off each time. */
const HELD_BACK_MS = 30_000;

/** Hellos and the like that may wait for the database: those behind them would be given up before they are greeted. */
const MOST_WAITING = 200;
/** How soon one for whom nobody has time comes back, ms; up to twice that, by chance. */
const CROWDED_MS = 10_000;

/** What to do with a message of a device, by its kind. */
export type Handlers = Partial<Record<UpKind, Handle>>;
/** `arrived`: when it came, by the clock's monotonic time. */
export type Handle = (device: DeviceAddress, payload: Uint8Array, arrived: number) => Promise<void>;

/** Answers what devices say, whatever carries it. */
export function conversation(options: ConversationOptions, sessions: Sessions): Handlers {
  const { context, aside } = options;
  const warn = warnings(context);
  const welcome = welcoming(options, sessions);

  const holdBack = (device: DeviceAddress, { session }: Hello): void => {
    const retryAfterMs = Math.max(HELD_BACK_MS, options.takeovers.waitMs(device.deviceId));
    const message: Busy = { session, retryAfterMs, reason: 'RestoredOrCloned' };
    sessions.tell(device, 'busy', message);
  };

  const takeConfirm = async (device: DeviceAddress, { session, stored }: Confirm): Promise<void> => {
    if (sessions.current(device.deviceId, session)) await options.continuity.confirm(device, stored);
  };

  const admit = async ({ deviceId }: DeviceAddress, hello: Hello): Promise<Admitted> => {
    if (aside.waiting < MOST_WAITING) return options.admission.ask(deviceId, backlogOf(hello));
    return { retryAfterMs: Math.round(CROWDED_MS * (1 + context.random.number())) };
  };

  const takeHello = async (device: DeviceAddress, hello: Hello): Promise<void> => {
    // Said twice, or overtaken: what it tells of the streams was so before those batches that came since.
    if (sessions.wasBegun(device.deviceId, hello.session)) return;
    // Who has been let in already says hello anew to settle a stream.
    const isIn = sessions.current(device.deviceId) !== undefined;
    const admitted = isIn ? 'welcome' : await admit(device, hello);
    if (admitted === 'welcome') return aside(() => greet(device, hello));
    const message: Busy = { session: hello.session, ...admitted };
    sessions.tell(device, 'busy', message);
  };

  const greet = async (device: DeviceAddress, hello: Hello): Promise<void> => {
    const { fleet, continuity } = options;
    const met = await continuity.greet(device, hello.session, hello.continuation);
    if (met.found !== undefined) await warn(device, 'RestoredOrCloned', met.found);
    if (!met.admitted) return holdBack(device, hello);
    await learnBoots(context.db, device.deviceId, hello.boots ?? [], context.clock.now());
    const contradicts = met.isOther ? isCounted : continuity.contradicts;
    const { orders, contradictions } = await settleStreams(context, device, hello, contradicts);
    if (contradictions.length > 0) await warn(device, 'RestoredOrCloned', contradictions.join('; '));
    await fleet.inventory(device.deviceId, hello.inventory);
    await fleet.connection(device.deviceId, {
      connected: true,
      reason: options.overOf(device.deviceId),
      message: 'a session is live',
    });
    const session = { ...device, id: hello.session };
    sessions.begin(session);
    await welcome(session, orders, met.secret);
    options.commands.began({ ...session, send: (command) => sessions.tell(session, 'command', command) });
  };

  /** A report that does not follow the stored one is answered with the stored version: the device sends the whole. */
  const takeReport = async (device: DeviceAddress, report: Report): Promise<void> => {
    const session = sessions.current(device.deviceId, report.session);
    if (!session) return;
    const { stored } = await options.reports.apply(device.deviceId, report);
    if (stored !== report.version) await welcome(session, []);
  };

  const inTurn =
    <Message>(handle: (device: DeviceAddress, message: Message) => Promise<void>) =>
    (device: DeviceAddress, message: Message) =>
      aside(() => handle(device, message));

  const told = ingest({ context, tell: tellEvents(context), contradicts: options.continuity.contradicts });
  return {
    hello: reading(helloSchema, warn, takeHello),
    confirm: reading(confirmSchema, warn, inTurn(takeConfirm)),
    report: reading(reportSchema, warn, inTurn(takeReport)),
    answer: reading(commandAnswer, warn, inTurn(options.commands.answered)),
    batch: takeBatches({ ...options, ...context, sessions, warn, ingest: told }),
  };
}

function welcoming({ context, desired }: ConversationOptions, sessions: Sessions) {
  return async (session: Session, streams: Welcome['streams'], continuation?: string): Promise<void> => {
    const etag = await desired.etagOf(session.deviceId);
    const message: Welcome = {
      session: session.id,
      protocol: protocolVersion,
      time: nowText(context.clock),
      streams,
      ...(etag !== undefined && { desired: etag }),
      ...(continuation !== undefined && { continuation }),
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
