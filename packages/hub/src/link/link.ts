import { type Busy, parseTopic } from '@skerry/contracts';
import { soonest } from '@skerry/kit';
import type { Metric } from 'prom-client';
import type { Broker, Over, Presence } from '../broker/broker.ts';
import { admission } from './admission.ts';
import { atMost } from './at-most.ts';
import { type ConversationOptions, conversation } from './conversation.ts';
import { departures } from './departures.ts';
import { deviceQueue } from './device-queue.ts';
import { linkMeter } from './meter.ts';
import { nudges } from './nudges.ts';
import { sessions as trackSessions } from './sessions.ts';
import { takeovers as countTakeovers } from './takeovers.ts';

export interface LinkOptions
  extends Omit<ConversationOptions, 'overOf' | 'admission' | 'meter' | 'aside' | 'takeovers'> {
  readonly broker: Pick<Broker, 'subscribe' | 'publish'>;
}

/** The hub's side of the link. It reads uplinks by subscription, trusting the device in the topic. */
export interface Link extends Presence {
  /** For operators. */
  readonly metrics: readonly Metric[];
  /** Tells devices that their desired state changed; those without a session learn it in their next. */
  nudge(deviceIds: readonly string[]): void;
  /** Takes nothing more, and finishes what was taken. */
  close(): Promise<void>;
}

const UPLINKS = 'skerry/v1/+/+/up/+';
const MAX_WAITING_PER_DEVICE = 8;
const MAX_WAITING_BYTES = 64 * 1024 * 1024;
/** To the minute it is known when a device was last heard of. */
const SEEN_EVERY_MS = 60_000;
/** By then one that is not the device has said hello, and was sent away. */
const SOON_MS = 2_000;
/** Hellos, reports and ends of sessions that use the database at a time: each writes, and batches wait behind it. */
const ASIDE = 2;

export async function openLink(options: LinkOptions): Promise<Link> {
  const { context, broker, desired, fleet } = options;
  const { clock, logger } = context;
  const sessions = trackSessions(broker);
  const queue = deviceQueue({ logger, maxPerDevice: MAX_WAITING_PER_DEVICE, maxBytes: MAX_WAITING_BYTES });
  /** An outside broker would not tell. */
  const overs = new Map<string, Over>();
  const overOf = (deviceId: string) => overs.get(deviceId) ?? 'MqttOverTls';
  const door = admission(context);
  const meter = linkMeter();
  const aside = atMost(ASIDE);
  const takeovers = countTakeovers(context);
  const handlers = conversation({ ...options, overOf, admission: door, meter, aside, takeovers }, sessions);

  /** False when it was not taken, and may be said again. */
  const receive = (topic: string, payload: Uint8Array): boolean => {
    const parsed = parseTopic(topic);
    if (parsed?.direction !== 'up') return true;
    const { projectId, deviceId, kind } = parsed;
    sessions.heard(deviceId);
    const handle = handlers[kind];
    if (!handle) return true;
    const arrived = clock.monotonic();
    const work = () => handle({ projectId, deviceId }, payload, arrived);
    const taken = queue.add(deviceId, payload.length, work);
    if (taken) noting.within(SEEN_EVERY_MS);
    else logger.warn('a message of a device was not taken: too much waits', { deviceId, kind });
    return taken;
  };

  const showGone = async (deviceId: string): Promise<void> => {
    if (sessions.current(deviceId)) return;
    await fleet.connection(deviceId, {
      connected: false,
      reason: 'LinkLost',
      message: 'the session ended',
    });
  };

  /** In the device's own line, so that it is never stored behind its return. */
  const showGoneInLine = (deviceId: string) =>
    new Promise<void>((resolve, reject) => {
      queue.add(deviceId, 0, () => aside(() => showGone(deviceId)).then(resolve, reject));
    });
  const unstored = departures({ ...context, store: showGoneInLine });

  const endSession = async (deviceId: string): Promise<void> => {
    // Once more, for a hello that was still in line when the device left.
    door.left(deviceId);
    if (!sessions.end(deviceId)) return;
    options.commands.ended(deviceId);
    try {
      await showGone(deviceId);
    } catch (error) {
      logger.warn('that a device left could not be stored yet', { deviceId, error });
      unstored.add(deviceId);
    }
  };

  const noteSeen = () => {
    fleet
      .seen(sessions.heardOf())
      .catch((error) => logger.warn('when devices were heard of could not be stored', { error }));
  };

  const noting = soonest(clock, noteSeen);
  await broker.subscribe(UPLINKS, receive);

  return {
    metrics: meter.metrics,
    makeWay(device) {
      const { deviceId } = device;
      if (!takeovers.allow(deviceId)) return false;
      // Where a copy has to wait for a person, the one with a session is the device itself.
      const isKnown = options.continuity.holdsCopies && sessions.current(deviceId) !== undefined;
      const retryAfterMs = isKnown ? SOON_MS : takeovers.waitMs(deviceId);
      const message: Busy = { retryAfterMs, reason: 'SessionTakenOver' };
      logger.info('a newer connection of a device takes the place of its older one', {
        deviceId,
        retryAfterMs,
      });
      sessions.tell(device, 'busy', message);
      return true;
    },
    connected: ({ deviceId }, over) => void overs.set(deviceId, over),
    disconnected({ deviceId }) {
      overs.delete(deviceId);
      door.left(deviceId);
      queue.add(deviceId, 0, () => aside(() => endSession(deviceId)));
    },
    nudge: nudges({ logger, desired, sessions }),
    async close() {
      noting.stop();
      door.close();
      await unstored.stop();
      await queue.close();
    },
  };
}
