import { type BatchHeader, emptyStreamHash, nextStreamHash } from '@skerry/contracts';
import type { HubContext } from '../context.ts';
import { groupCommit } from '../db/group-commit.ts';
import type { Executor } from '../db/schema.ts';
import { arrivalTime } from '../telemetry/read-model.ts';
import { addCheckpoint, findCheckpoints, forgetCheckpoints } from './checkpoints.ts';
import { keepForked } from './forks.ts';
import { type Entry, type ParsedEvent, parseEvent, readEvents } from './read-events.ts';
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
  /** What the device repeated is not what the hub holds: it has a new epoch now. */
  readonly contradiction?: string;
}

export interface IngestOptions {
  readonly context: HubContext;
  /** Writes what a device tells of itself to the events of its project. */
  readonly tell: (db: Executor, id: StreamId, told: NonNullable<Told>) => Promise<void>;
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
  options?: { readonly urgent: boolean },
) => Promise<Taken | undefined>;

/** Rows that share a transaction: few enough that a small batch behind them waits some milliseconds alone. */
const ROWS_IN_A_COMMIT = 800;
/** The same of devices that return alone: about one of their batches. */
const RETURNING_ROWS_IN_A_COMMIT = 400;

export function ingest({ context, tell }: IngestOptions): Ingest {
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
  const persist = async (trx: Executor, id: StreamId, entries: readonly Entry[]): Promise<void> => {
    const messages = entries.filter((entry) => entry.kind === 'message');
    const notices = entries.filter((entry) => entry.kind === 'notice');
    const stored = await store.insertMessages(
      trx,
      messages.map(({ row }) => row),
    );
    const known = messages.filter(({ number }) => !stored.has(number));
    await keepForked(
      trx,
      id,
      known.map(({ row }) => row),
    );
    const dropped = await store.insertDropNotices(
      trx,
      notices.map(({ row }) => row),
    );
    const drops = dropsOf(dropped);
    if (drops) await tell(trx, id, drops);
    for (const { number, told } of messages) if (told && stored.has(number)) await tell(trx, id, told);
  };

  const advance = async (
    trx: Executor,
    id: StreamId,
    held: Held,
    fresh: readonly Entry[],
  ): Promise<Taken> => {
    const hash = hashOver(held.hash, fresh);
    const after: Held = { epoch: held.epoch, next: fresh.at(-1)!.last + 1, hash };
    if (!(await store.moveStream(trx, id, held, after))) throw new Overtaken();
    await addCheckpoint(trx, id, held.epoch, after.next - 1, hash);
    await forgetCheckpoints(trx, id, held, after);
    return { position: positionOf(after) };
  };

  /** Only what was compared is acknowledged: what a restored device made anew behind it must show itself first. */
  const acceptRepeat = async (
    trx: Executor,
    id: StreamId,
    { epoch }: Held,
    { last, hash }: Compared,
  ): Promise<Taken> => {
    await addCheckpoint(trx, id, epoch, last, hash);
    return { position: { epoch, acknowledged: last, hash } };
  };

  const startAnew = async (
    trx: Executor,
    id: StreamId,
    held: Held,
    contradiction: string,
  ): Promise<Taken> => {
    const after: Held = { epoch: held.epoch + 1, next: 1, hash: emptyStreamHash };
    if (!(await store.moveStream(trx, id, held, after))) throw new Overtaken();
    return { position: positionOf(after), contradiction };
  };

  /**
   * The device gave up what the hub had taken already, since the acknowledgement got lost, or its disk damaged that. Of
   * it there is nothing left to compare, so it is told where the hub stands, if what it still holds is what the hub holds.
   */
  const showPosition = async (
    trx: Executor,
    id: StreamId,
    held: Held,
    repeated: readonly Entry[],
  ): Promise<Taken> => {
    const messages = repeated.filter(({ kind }) => kind === 'message');
    const other = await findOther(trx, id, held, messages);
    return other === undefined ? { position: positionOf(held) } : startAnew(trx, id, held, other);
  };

  const take = async (
    trx: Executor,
    id: StreamId,
    header: BatchHeader,
    events: readonly ParsedEvent[],
  ): Promise<Taken | undefined> => {
    const found = await store.findStreamToExtend(trx, id);
    if (!found) return undefined;
    const { held, lastArrival } = found;
    if (header.epoch !== held.epoch || header.first > held.next) return { position: positionOf(held) };
    const at = arrivalTime(lastArrival, clock.now());
    const entries = readEvents(id, header, events, at);
    const fresh = entries.filter(({ number }) => number >= held.next);
    const repeated = entries.filter(({ number }) => number < held.next);
    if (repeated.some((entry) => givesUpKnown(entry, held.next)))
      return showPosition(trx, id, held, repeated);
    const compared = repeated.length === 0 ? undefined : await compare(trx, id, held, repeated);
    if (typeof compared === 'string') return startAnew(trx, id, held, compared);
    await persist(trx, id, entries);
    return compared && fresh.length === 0
      ? acceptRepeat(trx, id, held, compared)
      : advance(trx, id, held, fresh);
  };

  return async (id, header, texts, { urgent } = { urgent: true }) => {
    const events = texts.map(parseEvent);
    for (let attempt = 1; ; attempt++) {
      try {
        return await commit({
          work: (trx) => take(trx, id, header, events),
          weight: events.length,
          urgent,
        });
      } catch (error) {
        if (!(error instanceof Overtaken) || attempt === 3) throw error;
      }
    }
  };
}

/** A repeat that is what the hub holds: up to where, and the running hash there. */
interface Compared {
  readonly last: number;
  readonly hash: string;
}

/** A sentence when what is repeated is not what the hub holds, or when that can no longer be said. */
async function compare(
  db: Executor,
  id: StreamId,
  held: Held,
  repeated: readonly Entry[],
): Promise<Compared | string> {
  const first = repeated[0]!.number;
  const last = repeated.at(-1)!.last;
  const other = await findOther(db, id, held, repeated);
  if (other !== undefined) return other;
  const checkpoints = await findCheckpoints(db, id, held.epoch);
  const before = first === 1 ? emptyStreamHash : checkpoints.get(first - 1);
  if (before === undefined) return `it repeats number ${first}, too old to be compared`;
  const hash = hashOver(before, repeated);
  const expected = last === held.next - 1 ? held.hash : (checkpoints.get(last) ?? hash);
  return hash === expected ? { last, hash } : `its messages up to ${last} are not those that the hub holds`;
}

/** A sentence about the first of these that is another than the hub holds under its number. */
async function findOther(
  db: Executor,
  id: StreamId,
  { epoch }: Held,
  entries: readonly Entry[],
): Promise<string | undefined> {
  const [first, last] = [entries[0], entries.at(-1)];
  if (!first || !last) return undefined;
  const known = await store.findMessageIds(db, id, epoch, first.number, last.last);
  const other = entries.find((entry) => isOther(entry, known.get(entry.number)));
  return other && `number ${other.number} is another message than the hub holds`;
}

function givesUpKnown(entry: Entry, next: number): boolean {
  if (entry.kind === 'message' || entry.number >= next) return false;
  return entry.last >= next || entry.row.written_by === 'device';
}

function isOther(entry: Entry, held: { source: string; id: string } | undefined): boolean {
  if (!held) return false;
  return entry.kind !== 'message' || held.source !== entry.row.source || held.id !== entry.row.event_id;
}

function hashOver(before: string, entries: readonly Entry[]): string {
  return entries.reduce((hash, { text }) => nextStreamHash(hash, text), before);
}

const positionOf = ({ epoch, next, hash }: Held): Position => ({ epoch, acknowledged: next - 1, hash });
