import { type BatchHeader, emptyStreamHash, nextStreamHash } from '@skerry/contracts';
import type { HubContext } from '../context.ts';
import type { Executor } from '../db/schema.ts';
import { nowText } from '../time.ts';
import { type Entry, readEvents } from './read-events.ts';
import type { Held } from './session.ts';
import type { StreamId } from './store.ts';
import * as store from './store.ts';

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
 * Persists a batch, the stream's position and its hash in one transaction; what it gives back may be acknowledged.
 * A batch that does not follow on what the hub holds, or is of another epoch, changes nothing and gets the position
 * as it is. Undefined when the hub holds no such stream: the device has to say hello.
 */
export type Ingest = (
  id: StreamId,
  header: BatchHeader,
  texts: readonly string[],
) => Promise<Taken | undefined>;

export function ingest({ context, tell }: IngestOptions): Ingest {
  const { db, clock } = context;

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
    await store.insertDropNotices(
      trx,
      notices.map(({ row }) => row),
    );
    for (const { number, told } of messages) if (told && stored.has(number)) await tell(trx, id, told);
  };

  const advance = async (
    trx: Executor,
    id: StreamId,
    held: Held,
    fresh: readonly Entry[],
  ): Promise<Position> => {
    const hash = hashOver(held.hash, fresh);
    const after: Held = { epoch: held.epoch, next: held.next + fresh.length, hash };
    if (!(await store.moveStream(trx, id, held, after))) throw new Overtaken();
    await store.addCheckpoint(trx, id, held.epoch, after.next - 1, hash);
    return positionOf(after);
  };

  /**
   * Only what was compared is acknowledged: what a restored device made anew behind it must show itself first.
   * Undefined when the hub no longer remembers the hash before it.
   */
  const repeat = async (
    trx: Executor,
    id: StreamId,
    { epoch }: Held,
    entries: readonly Entry[],
  ): Promise<Position | undefined> => {
    const before = entries[0]!.number - 1;
    const known = before === 0 ? emptyStreamHash : (await store.findCheckpoints(trx, id, epoch)).get(before);
    if (known === undefined) return undefined;
    const position: Position = {
      epoch,
      acknowledged: before + entries.length,
      hash: hashOver(known, entries),
    };
    await store.addCheckpoint(trx, id, epoch, position.acknowledged, position.hash);
    return position;
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

  const take = async (
    trx: Executor,
    id: StreamId,
    header: BatchHeader,
    texts: readonly string[],
  ): Promise<Taken | undefined> => {
    const held = await store.findStream(trx, id);
    if (!held) return undefined;
    if (header.epoch !== held.epoch || header.first > held.next) return { position: positionOf(held) };
    const entries = readEvents(id, header, texts, nowText(clock));
    const contradiction = await differenceFrom(trx, id, held, entries);
    if (contradiction !== undefined) return startAnew(trx, id, held, contradiction);
    await persist(trx, id, entries);
    const fresh = entries.filter(({ number }) => number >= held.next);
    const position = await (fresh.length > 0
      ? advance(trx, id, held, fresh)
      : repeat(trx, id, held, entries));
    if (position) return { position };
    return startAnew(trx, id, held, `it repeats number ${header.first}, too old to be compared`);
  };

  return async (id, header, texts) => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await db.transaction().execute((trx) => take(trx, id, header, texts));
      } catch (error) {
        if (!(error instanceof Overtaken) || attempt === 3) throw error;
      }
    }
  };
}

async function differenceFrom(
  db: Executor,
  id: StreamId,
  held: Held,
  entries: readonly Entry[],
): Promise<string | undefined> {
  const repeated = entries.filter(({ number }) => number < held.next);
  if (repeated.length === 0) return undefined;
  const known = await store.findMessageIds(db, id, held.epoch, repeated[0]!.number, repeated.at(-1)!.number);
  for (const entry of repeated) {
    const before = known.get(entry.number);
    const same =
      entry.kind === 'message' && before?.source === entry.row.source && before.id === entry.row.event_id;
    if (before && !same) return `number ${entry.number} is another message than the hub holds`;
  }
  return undefined;
}

function hashOver(before: string, entries: readonly Entry[]): string {
  return entries.reduce((hash, { text }) => nextStreamHash(hash, text), before);
}

const positionOf = ({ epoch, next, hash }: Held): Position => ({ epoch, acknowledged: next - 1, hash });
