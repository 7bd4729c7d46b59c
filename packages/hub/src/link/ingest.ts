import { type BatchHeader, emptyStreamHash } from '@skerry/contracts';
import type { HubContext } from '../context.ts';
import { forksOf } from '../continuity/read-model.ts';
import { groupCommit } from '../db/group-commit.ts';
import type { Executor } from '../db/schema.ts';
import { type Step, together } from '../db/step.ts';
import { arrivalTime } from '../telemetry/read-model.ts';
import { addCheckpoint, forgetCheckpoints } from './checkpoints.ts';
import { type Contradicts, keepForked } from './forks.ts';
import { type Entry, type ParsedEvent, parseEvent, readEvents } from './read-events.ts';
import { type Compared, compareRepeat } from './repeats.ts';
import { type Ahead, hashAhead, hashBehind, hashOver } from './running-hash.ts';
import type { Held } from './session.ts';
import type { StreamId } from './store.ts';
import * as store from './store.ts';
import { dropsOf } from './tell-events.ts';

/** How far the device may free: all up to `acknowledged` is persisted. */
export interface Position {
  readonly epoch: number;
  readonly acknowledged: number;
  readonly hash: string;
}

export interface Taken {
  readonly position: Position;
  /** What the device repeated is not what the hub holds, and people are to be told: it has a new epoch now. */
  readonly contradiction?: string;
}

export interface IngestOptions {
  readonly context: HubContext;
  /** Writes what a device tells of itself to the events of its project. */
  readonly tell: (db: Executor, id: StreamId, told: NonNullable<Told>) => Promise<void>;
  readonly contradicts: Contradicts;
}
type Told = Extract<Entry, { kind: 'message' }>['told'];

/** Somebody else moved the stream meanwhile; nothing was kept. */
class Overtaken extends Error {}

/**
 * Persists a batch, the stream's position and its hash in one transaction, which it may share with batches of other
 * devices; what it gives back may be acknowledged. What is not urgent lets that of others go first.
 * A batch that does not follow on what the hub holds, or is of another epoch, changes nothing and gets the position
 * as it is. Undefined when the hub holds no such stream: the device has to say hello.
 */
export type Ingest = (
  id: StreamId,
  header: BatchHeader,
  texts: readonly string[],
  options?: {
    readonly urgent: boolean;
    /** Of the stream, where it is known: what follows on it is hashed before its turn comes. */
    readonly lastAck?: Position | undefined;
  },
) => Promise<Taken | undefined>;

/** Rows that share a transaction: few enough that a small batch behind them waits some milliseconds alone. */
export const ROWS_IN_A_COMMIT = 800;
/** The same of devices that return alone: about one of their batches. */
const RETURNING_ROWS_IN_A_COMMIT = 400;

export function ingest({ context, tell, contradicts }: IngestOptions): Ingest {
  const { db, clock } = context;
  const commit = groupCommit({
    db,
    maxWeight: ROWS_IN_A_COMMIT,
    maxPatientWeight: RETURNING_ROWS_IN_A_COMMIT,
  });

  /**
   * Repeats are stored too where the hub has nothing under their number: a device that was set back may bring what
   * a hub that was set back had given up.
   */
  const persist = async (
    trx: Executor,
    id: StreamId,
    entries: readonly Entry[],
    { steps }: Pick<Move, 'steps'>,
  ): Promise<void> => {
    const messages = entries.filter((entry) => entry.kind === 'message');
    const notices = entries.filter((entry) => entry.kind === 'notice');
    const [stored, dropped, ...moved] = await together(trx, [
      store.insertMessages(messages.map(({ row }) => row)),
      store.insertDropNotices(notices.map(({ row }) => row)),
      ...steps,
    ]);
    if (moved.includes(false)) throw new Overtaken();
    const isStored = new Set(stored);
    await keepForked(
      trx,
      id,
      messages.flatMap(({ row }) => (isStored.has(row) ? [] : [row])),
    );
    const drops = dropsOf(dropped);
    if (drops) await tell(trx, id, drops);
    for (const { row, told } of messages) if (told && isStored.has(row)) await tell(trx, id, told);
  };

  const startAnew = async (
    trx: Executor,
    id: StreamId,
    held: Held,
    contradiction?: string,
  ): Promise<Taken> => {
    const after: Held = { epoch: held.epoch + 1, next: 1, hash: emptyStreamHash };
    const [isMoved] = await together(trx, [store.moveStream(id, held, after)]);
    if (!isMoved) throw new Overtaken();
    const isTold = contradiction !== undefined && (await contradicts(id, contradiction, trx));
    return { position: positionOf(after), ...(isTold && { contradiction }) };
  };

  const take = async (
    trx: Executor,
    id: StreamId,
    header: BatchHeader,
    events: readonly ParsedEvent[],
    ahead: Ahead | undefined,
  ): Promise<Taken | undefined> => {
    const found = await store.findStreamToExtend(trx, id);
    if (!found) return undefined;
    const { held, lastArrival } = found;
    if (header.epoch !== held.epoch || header.first > held.next) return { position: positionOf(held) };
    const at = arrivalTime(lastArrival, clock.now());
    const entries = readEvents(id, header, events, at);
    const fresh = entries.filter(({ number }) => number >= held.next);
    const repeated = entries.filter(({ number }) => number < held.next);
    const compared = repeated.length === 0 ? undefined : await compareRepeat(trx, id, held, repeated);
    if (typeof compared === 'string')
      return startAnew(trx, id, held, `${id.producer}/${id.stream}: ${compared}`);
    // What a copy gave up under numbers of the other's is nothing that the hub holds.
    if (compared?.isSame === false && (await forksOf(trx, id.deviceId)) > 0) return startAnew(trx, id, held);
    // A notice over more than the hub holds comes again for the rest alone.
    if ((repeated.at(-1)?.last ?? 0) >= held.next) return { position: positionOf(held) };
    const hash = compared ? hashOver(compared.hash, fresh) : hashBehind(held.hash, fresh, ahead);
    // Of a number that the hub holds it knows already what became of it.
    const move =
      compared && fresh.length === 0 ? acceptRepeat(id, held, compared) : advance(id, held, hash, fresh);
    await persist(trx, id, [...repeated.filter(({ kind }) => kind === 'message'), ...fresh], move);
    return { position: move.position };
  };

  return async (id, header, texts, { urgent, lastAck } = { urgent: true }) => {
    const events = texts.map(parseEvent);
    const ahead = lastAck && isNext(lastAck, header) ? hashAhead(lastAck.hash, texts) : undefined;
    for (let attempt = 1; ; attempt++) {
      try {
        return await commit({
          work: (trx) => take(trx, id, header, events, ahead),
          weight: events.length,
          urgent,
        });
      } catch (error) {
        if (!(error instanceof Overtaken) || attempt === 3) throw error;
      }
    }
  };
}

/** How a stream goes on, and what that writes; `false` is said by what somebody else was quicker with. */
interface Move {
  readonly position: Position;
  readonly steps: readonly Step<unknown>[];
}

function advance(id: StreamId, held: Held, hash: string, fresh: readonly Entry[]): Move {
  const after: Held = { epoch: held.epoch, next: fresh.at(-1)!.last + 1, hash };
  const steps = [
    store.moveStream(id, held, after),
    addCheckpoint(id, held.epoch, after.next - 1, hash),
    ...forgetCheckpoints(id, held, after),
  ];
  return { position: positionOf(after), steps };
}

/**
 * Only what was compared is acknowledged: what a restored device made anew behind it must show itself first. At the end
 * of what the hub holds, both go on from the device's hash.
 */
function acceptRepeat(id: StreamId, held: Held, { last, hash }: Compared): Move {
  const isOther = last === held.next - 1 && hash !== held.hash;
  const steps = [
    addCheckpoint(id, held.epoch, last, hash),
    ...(isOther ? [store.moveStream(id, held, { ...held, hash })] : []),
  ];
  return { position: { epoch: held.epoch, acknowledged: last, hash }, steps };
}

const isNext = ({ epoch, acknowledged }: Position, header: BatchHeader) =>
  header.epoch === epoch && header.first === acknowledged + 1;

const positionOf = ({ epoch, next, hash }: Held): Position => ({ epoch, acknowledged: next - 1, hash });
