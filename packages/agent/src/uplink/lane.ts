import {
  type Ack,
  maxPackedBatchBytes,
  type ReportedStream,
  type StreamKey,
  type StreamOrder,
  type StreamState,
} from '@skerry/contracts';
import { type Clock, type Compression, inTurn, type Logger, type Stop } from '@skerry/kit';
import type { Pace } from '../pace.ts';
import { type Hints, lookEveryMs, lookout } from './hints.ts';
import type { UplinkSession } from './session.ts';
import type { Outcome, Outgoing, StreamUplink } from './stream.ts';

/**
 * When a stream sends: one batch at a time, after a short wait for company, again when no acknowledgement comes.
 *
 *     idle ──data──▶ waiting ──linger──▶ ready ──send──▶ flying ──ack──▶ waiting or ready
 *                                                          └──deadline──▶ a new hello
 */
export interface Lane {
  readonly key: StreamKey;
  state(): Promise<StreamState | undefined>;
  obey(order: StreamOrder): Promise<Outcome>;
  /** Sends a batch if one is due. */
  send(session: UplinkSession): Promise<void>;
  ack(ack: Ack, session: UplinkSession): void;
  /** The session is over: nothing is on its way any more. */
  pause(): void;
  /** A session has begun: what waits may go. */
  resume(): void;
  /** The pace is another now. */
  paceChanged(): void;
  /** As of the last look where the folder cannot be read. */
  summary(): Promise<ReportedStream>;
  close(): Promise<void>;
}

export interface LaneOptions {
  readonly clock: Clock;
  readonly compression: Compression;
  readonly logger: Logger;
  readonly pace: () => Pace;
  /** Of its producer. */
  readonly hints: Hints;
  /** Asks for `send` soon. */
  readonly pump: () => void;
  /** An alarm waits for a session. */
  readonly onUrgent: () => void;
}

/** What could not be read may be readable later. */
const RETRY_MS = 10_000;

export function openLane(stream: StreamUplink, options: LaneOptions): Lane {
  const { clock, compression, logger, pace, hints, pump, onUrgent } = options;
  const turn = inTurn();
  const isUrgent = stream.key.stream === 'alarm';
  let phase: 'closed' | 'paused' | 'idle' | 'waiting' | 'ready' | 'flying' = 'paused';
  let stopTimer: Stop = () => {};
  /** It waits for company, and not since the hub wants it to. */
  let lingers = false;
  /** Something came since the last look. */
  let hinted = false;
  /** Something came since the last summary. */
  let isStale = true;
  /** It could not be read when the last hello was said, so that the hub has not heard of it in this session. */
  let isUnnamed = false;
  /** More lies behind what is on its way. */
  let full = false;

  const enter = (next: typeof phase, afterMs?: number, then?: () => void) => {
    stopTimer();
    phase = next;
    lingers = false;
    stopTimer = then && afterMs !== undefined ? clock.timer(afterMs, then) : () => {};
  };
  const makeReady = () => {
    enter('ready');
    pump();
  };
  const wait = (ms: number) => enter('waiting', ms, makeReady);
  const lingerMs = () => (isUrgent ? 0 : pace().lingerMs);
  const linger = () => {
    wait(lingerMs());
    lingers = true;
  };
  const tellIfUrgent = async () => {
    if (!isUrgent || phase !== 'paused') return;
    const { waiting } = await summary();
    if (waiting > 0 && phase === 'paused') onUrgent();
  };
  const onData = () => {
    isStale = true;
    if (phase === 'idle') linger();
    else hinted = true;
    void tellIfUrgent();
  };
  const { look, close: stopLooking } = lookout({ clock, hints, reader: stream.reader, onHint: onData });
  const rest = (as: 'idle' | 'paused') =>
    enter(as, lookEveryMs(hints, pace().lingerMs, isUrgent), () => void lookAround());
  /** What no hint told of has waited for company while nobody looked. */
  const lookAround = async () => {
    const found = await look().catch(() => true);
    isStale ||= found;
    if (found) await tellIfUrgent();
    if (found && phase === 'idle') makeReady();
    else if (phase === 'idle' || phase === 'paused') rest(phase);
  };
  rest('paused');

  /** All was read that was there. */
  const settleDown = () => {
    if (hinted) return linger();
    isStale = false;
    rest('idle');
  };

  const settle = async (ack: Ack, session: UplinkSession) => {
    if ((await stream.acknowledge(ack)) === 'anew') return session.onAnew();
    if (phase !== 'flying') return;
    if (ack.retryAfterMs !== undefined) wait(ack.retryAfterMs);
    else if (full || !stream.reader.isAtEnd) makeReady();
    else if (hints.work) settleDown();
    else linger();
  };

  const sendNext = async (session: UplinkSession): Promise<void> => {
    if (phase !== 'ready') return;
    hinted = false;
    if (!stream.isSettled || isUnnamed) {
      if (await state()) return session.onAnew();
      if (phase === 'ready') settleDown();
      return;
    }
    const batch = await stream.next();
    if (phase !== 'ready') return;
    if (!batch && !stream.isSettled) return makeReady();
    if (!batch) return settleDown();
    enter('flying', pace().ackMs, session.onAnew);
    const packed = await pack(batch);
    full = packed.full;
    session.connection.batch({ session: session.id, ...packed.header }, packed.body);
  };

  /** What hardly compresses goes in a smaller batch. */
  const pack = async (batch: Outgoing): Promise<Omit<Outgoing, 'body'> & { body: Uint8Array }> => {
    const body = await compression.gzip(Buffer.from(batch.body));
    if (body.length <= maxPackedBatchBytes) return { ...batch, body };
    const shorter = stream.shorten() ?? batch;
    return { ...shorter, body: await compression.gzip(Buffer.from(shorter.body)) };
  };

  const state = async () => {
    isUnnamed = true;
    const found = await stream.state();
    isUnnamed = false;
    return found;
  };

  const refresh = async () => {
    isStale = false;
    await stream.refresh().catch((error) => {
      isStale = true;
      logger.warn('a stream could not be looked at', { ...stream.key, error });
    });
  };

  const summary = () =>
    turn(async () => {
      if (isStale) await refresh();
      await letGo();
      return stream.summary();
    });

  /** A segment that is given up meanwhile would keep its room for as long as it is open here. */
  const letGo = async () => {
    if (phase === 'paused') await stream.reader.close();
  };

  void tellIfUrgent();

  return {
    key: stream.key,
    state: () => turn(state),
    obey: (order) => turn(() => stream.obey(order)),

    send: (session) =>
      turn(() =>
        sendNext(session).catch((error) => {
          // What cannot be read now may be readable later, and nobody else would look again.
          if (phase === 'ready') wait(RETRY_MS);
          throw error;
        }),
      ),

    ack(ack, session) {
      turn(() => settle(ack, session)).catch((error) =>
        logger.warn('an acknowledgement could not be kept', { error }),
      );
    },

    pause() {
      rest('paused');
      turn(letGo).catch((error) => logger.warn('a segment could not be closed', { ...stream.key, error }));
      void tellIfUrgent();
    },
    resume: makeReady,
    paceChanged() {
      if (lingers) linger();
      else if (phase === 'idle' || phase === 'paused') rest(phase);
    },
    summary,
    async close() {
      enter('closed');
      await stopLooking();
      await turn(() => stream.reader.close());
    },
  };
}
