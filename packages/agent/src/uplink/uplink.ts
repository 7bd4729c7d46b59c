import {
  type Ack,
  producer,
  type ReportedStream,
  type StreamKey,
  type StreamOrder,
  type StreamState,
  streamKey,
  streamNames,
} from '@skerry/contracts';
import {
  type Clock,
  type Compression,
  type Disk,
  every,
  type Logger,
  type Stop,
  singleFlight,
} from '@skerry/kit';
import { listOutboxStreams, openOutboxReader } from '@skerry/kit/outbox';
import { type Pace, paceOf } from '../pace.ts';
import type { AgentState } from '../state/state.ts';
import { type Hints, hints, lookEveryMs } from './hints.ts';
import { type Lane, openLane } from './lane.ts';
import type { UplinkSession } from './session.ts';
import { streamUplink } from './stream.ts';

/** Delivers what lies in the outbox, the most urgent first, one batch of each stream on its way. */
export interface Uplink {
  states(): Promise<StreamState[]>;
  /** From the hub's welcome on, unless it ends or another begins meanwhile. */
  begin(session: UplinkSession, orders: readonly StreamOrder[]): Promise<void>;
  ack(ack: Ack): void;
  /** That session is over; one that has begun since goes on. */
  end(session: string): void;
  setPace(pace: Pace): void;
  /** Something urgent waits, and there is no session to send it in. */
  onUrgent(listener: () => void): Stop;
  /** By `producer/stream`, as of now. */
  summaries(): Promise<Record<string, ReportedStream>>;
  close(): Promise<void>;
}

export interface UplinkOptions {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly compression: Compression;
  readonly logger: Logger;
  readonly state: AgentState;
  /** The outbox root, in which every producer's folder is there: `PRODUCER/STREAM`. */
  readonly root: string;
  readonly source: string;
}

const producers = producer.options;

const urgency = (lane: Lane) => streamNames.indexOf(lane.key.stream);

export function uplink(options: UplinkOptions): Uplink {
  const { disk, clock, logger, state, root, source } = options;
  const lanes = new Map<string, Lane>();
  const hintsOf = new Map<string, Hints>(producers.map((name) => [name, hints()]));
  let session: UplinkSession | undefined;
  /** The newest, which begins or has begun: that of a connection before may still be at it. */
  let newest: UplinkSession | undefined;
  let pace = paceOf(undefined);
  /** An alarm may wait since before the agent began, and nobody listens yet. */
  let wasUrgent = false;
  let tellUrgent = () => {
    wasUrgent = true;
  };

  const pump = singleFlight(
    async () => {
      for (const lane of [...lanes.values()].sort((a, b) => urgency(a) - urgency(b)))
        if (session)
          await lane
            .send(session)
            .catch((error) => logger.warn('a batch could not be sent', { stream: lane.key.stream, error }));
    },
    (error) => logger.warn('a batch could not be sent', { error }),
  );

  const openLaneFor = (key: StreamKey, folder: string): Lane => {
    const reader = openOutboxReader({ disk, clock, folder });
    const same = (p: StreamKey) => p.producer === key.producer && p.stream === key.stream;
    const remembered = state.positions().find(same);
    const stream = streamUplink({ key, reader, state, remembered, logger, source });
    const own = {
      hints: hintsOf.get(key.producer)!,
      pace: () => pace,
      pump: () => pump.trigger(),
      onUrgent: () => tellUrgent(),
    };
    return openLane(stream, { ...options, ...own });
  };

  /** A stream that no hello has named asks for another hello as soon as something lies in it. */
  const discover = async (): Promise<void> => {
    for (const { producer, stream, folder } of await listOutboxStreams(disk, root, producers)) {
      const name = `${producer}/${stream}`;
      if (lanes.has(name)) continue;
      const key = streamKey.safeParse({ producer, stream });
      if (!key.success) continue;
      const lane = openLaneFor(key.data, folder);
      lanes.set(name, lane);
      if (session) lane.resume();
      await lane.summary();
    }
  };

  const discovery = singleFlight(discover, (error) =>
    logger.warn('the outbox could not be looked at', { error }),
  );
  /** Nobody but the producer itself changes what is in its folder; in those of its streams we do. */
  const onProducerHint = (name: string) => {
    hintsOf.get(name)!.judge(true);
    discovery.trigger();
  };
  /** A stream that is new may be that of alarms, of which a hint that works tells. */
  const discoverEveryMs = () =>
    Math.min(...[...hintsOf.values()].map((its) => lookEveryMs(its, pace.lingerMs, !its.work)));
  const stopDiscovery = [
    every(clock, discoverEveryMs, () => discovery.trigger()),
    ...producers.map((name) => disk.watch(`${root}/${name}`, () => onProducerHint(name))),
  ];
  // So that a device whose hub is away can say what waits for it.
  discovery.trigger();

  /** A stream that cannot be read is left out: the others go on, and it asks for another hello once it can be. */
  const stateOf = (lane: Lane) =>
    lane.state().catch((error) => {
      logger.warn('a stream cannot be read', { ...lane.key, error });
      return undefined;
    });

  const end = () => {
    newest = undefined;
    session = undefined;
    for (const lane of lanes.values()) lane.pause();
  };

  return {
    async states() {
      await discover();
      const states = await Promise.all([...lanes.values()].map(stateOf));
      return states.filter((it) => it !== undefined);
    },

    async begin(next, orders) {
      newest = next;
      for (const order of orders) {
        if (newest !== next) return;
        const lane = lanes.get(`${order.producer}/${order.stream}`);
        if ((await lane?.obey(order)) === 'anew') return next.onAnew();
      }
      if (newest !== next) return;
      session = next;
      for (const lane of lanes.values()) lane.resume();
    },

    ack(ack) {
      if (session?.id === ack.session) lanes.get(`${ack.producer}/${ack.stream}`)?.ack(ack, session);
    },

    end(id) {
      if (newest?.id === id) end();
    },

    setPace(next) {
      if (pace === next) return;
      pace = next;
      for (const lane of lanes.values()) lane.paceChanged();
    },

    onUrgent(listener) {
      tellUrgent = listener;
      if (wasUrgent) listener();
      return () => {
        tellUrgent = () => {};
      };
    },

    async summaries() {
      const entries = [...lanes].map(async ([name, lane]) => [name, await lane.summary()] as const);
      return Object.fromEntries(await Promise.all(entries));
    },

    async close() {
      end();
      for (const stop of stopDiscovery) stop();
      await Promise.all([pump.stop(), discovery.stop()]);
      await Promise.all([...lanes.values()].map((lane) => lane.close()));
    },
  };
}
