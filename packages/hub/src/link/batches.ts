import {
  type Ack,
  type BatchHeader,
  type DeviceAddress,
  decodeBatch,
  maxBatchBytes,
  splitEvents,
} from '@skerry/contracts';
import { type Clock, type Compression, describeError, inTurn } from '@skerry/kit';
import type { Db } from '../db/schema.ts';
import type { Admission } from './admission.ts';
import { atMost } from './at-most.ts';
import { type Ingest, type Position, ROWS_IN_A_COMMIT } from './ingest.ts';
import type { LinkMeter } from './meter.ts';
import type { Session, Sessions } from './sessions.ts';
import { findStream, type StreamId } from './store.ts';
import type { Warn } from './warnings.ts';

export interface BatchOptions {
  readonly db: Db;
  readonly clock: Clock;
  readonly sessions: Sessions;
  readonly admission: Pick<Admission, 'isReturning' | 'brings' | 'took'>;
  readonly meter: LinkMeter;
  readonly compression: Compression;
  readonly ingest: Ingest;
  /** False while the disk's reserve is reached: then nothing is taken, and nothing acknowledged. */
  readonly hasSpace: () => boolean;
  readonly warn: Warn;
}

/** Milliseconds that a device waits before it sends again what was not taken. */
const RETRY_FULL = 10_000;
const RETRY_REFUSED = 30_000;
/**
 * Unpacked at a time: what is stored just now, and what comes next. What waits behind it stays packed, or the thread
 * would be busy unpacking batches of fifty devices whose turn is far off, and hold them all in memory.
 */
const ROWS_UNPACKED = 2 * ROWS_IN_A_COMMIT;

/** Takes a batch: persists it, and only then acknowledges. What is of no live session is not answered. */
export function takeBatches(
  options: BatchOptions,
): (device: DeviceAddress, packet: Uint8Array, arrived: number) => Promise<void> {
  const { db, clock, sessions, admission, meter, compression, ingest, hasSpace, warn } = options;

  /** What each session was told last. */
  const lastAcks = new WeakMap<Session, Ack>();

  const acknowledge = (
    session: Session,
    { producer, stream }: BatchHeader,
    position: Position,
    retryAfterMs?: number,
  ) => {
    const ack: Ack = {
      session: session.id,
      producer,
      stream,
      ...position,
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    };
    sessions.tell(session, 'ack', ack);
    lastAcks.set(session, ack);
  };

  const lastAckOf = (session: Session, { producer, stream }: BatchHeader) => {
    const ack = lastAcks.get(session);
    return ack?.producer === producer && ack.stream === stream ? ack : undefined;
  };

  /** The position as it was, with a pause. */
  const postpone = async (session: Session, header: BatchHeader, id: StreamId, pauseMs: number) => {
    const held = await findStream(db, id);
    if (!held) return;
    const { epoch, next, hash } = held;
    acknowledge(session, header, { epoch, acknowledged: next - 1, hash }, pauseMs);
  };

  /** Those of devices that return, one at a time: a hundred at once would keep the thread from all others. */
  const inLine = inTurn();
  const unpacked = atMost(ROWS_UNPACKED);

  const take = async (device: DeviceAddress, batch: Batch, arrived: number, isReturning: boolean) => {
    const { header, compressedBody } = batch;
    const session = sessions.current(device.deviceId, header.session);
    if (!session) return;
    const id = { ...device, producer: header.producer, stream: header.stream };
    if (!hasSpace()) return postpone(session, header, id, RETRY_FULL);
    const read = await readTexts(compression, header, compressedBody);
    if ('fault' in read) {
      await warn(
        device,
        'InvalidRequest',
        `a batch of ${header.producer}/${header.stream} is refused: ${read.fault}`,
      );
      return postpone(session, header, id, RETRY_REFUSED);
    }
    const taken = await ingest(id, header, read.texts, {
      urgent: !isReturning,
      lastAck: lastAckOf(session, header),
    });
    if (!taken) return;
    if (taken.contradiction !== undefined) await warn(device, 'RestoredOrCloned', taken.contradiction);
    acknowledge(session, header, taken.position);
    meter.acknowledged(clock.monotonic() - arrived, isReturning);
    // What does not follow on what the hub holds is answered with a position before it.
    admission.took(device.deviceId, Math.max(0, taken.position.acknowledged + 1 - header.first));
  };

  return async (device, packet, arrived) => {
    const batch = decodeBatch(packet);
    if (!batch) return warn(device, 'InvalidRequest', 'a batch without a readable header was thrown away');
    const isReturning = admission.isReturning(device.deviceId);
    const work = () => take(device, batch, arrived, isReturning);
    if (!isReturning) return unpacked(work, batch.header.count);
    const dealtWith = admission.brings(device.deviceId);
    return inLine(work).finally(dealtWith);
  };
}

type Batch = NonNullable<ReturnType<typeof decodeBatch>>;

type Read = { readonly texts: string[] } | { readonly fault: string };

async function readTexts(compression: Compression, { count }: BatchHeader, body: Uint8Array): Promise<Read> {
  try {
    const texts = splitEvents(Buffer.from(await compression.gunzip(body, maxBatchBytes)).toString());
    if (!texts) return { fault: 'it is not framed as a batch of events' };
    if (texts.length !== count) return { fault: `it says ${count} events and has ${texts.length}` };
    return { texts };
  } catch (error) {
    return { fault: describeError(error) };
  }
}
