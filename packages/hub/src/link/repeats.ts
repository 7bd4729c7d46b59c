import { emptyStreamHash } from '@skerry/contracts';
import type { Executor } from '../db/schema.ts';
import { findCheckpoints } from './checkpoints.ts';
import type { Entry } from './read-events.ts';
import { hashOver } from './running-hash.ts';
import type { Held } from './session.ts';
import type { StreamId } from './store.ts';
import * as store from './store.ts';

/** A repeat that is what the hub holds: up to where, and the running hash there as the device counts it. */
export interface Compared {
  readonly last: number;
  readonly hash: string;
  /** False where the device gave some of it up. */
  readonly isSame: boolean;
}

type Message = Extract<Entry, { kind: 'message' }>;

/**
 * Compares what a device sends under numbers that the hub holds with what it holds, by number and by the running hash.
 * What the device gave up, or its disk damaged, gives another hash, and there is nothing left of it to compare: then
 * the hub has to hold every message beside it. A notice that reaches beyond what the hub holds is compared up to there.
 * Gives a sentence when it is not the same, or when that can no longer be said.
 */
export async function compareRepeat(
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
  const end = held.next - 1;
  const expected = last === end ? held.hash : (checkpoints.get(last) ?? hash);
  const isSame = last <= end && hash === expected;
  if (!isSame && !(await holdsAll(db, id, repeated.filter(isMessage))))
    return `its messages up to ${last} are not those that the hub holds`;
  return last > end ? { last: end, hash: held.hash, isSame } : { last, hash, isSame };
}

/** A sentence about the first of these that is another than the hub holds under its number. */
async function findOther(
  db: Executor,
  id: StreamId,
  { epoch }: Held,
  entries: readonly Entry[],
): Promise<string | undefined> {
  const known = await store.findMessageIds(db, id, epoch, entries[0]!.number, entries.at(-1)!.last);
  const other = entries.find((entry) => isOther(entry, known.get(entry.number)));
  return other && `number ${other.number} is another message than the hub holds`;
}

function isOther(entry: Entry, held: { source: string; id: string } | undefined): boolean {
  if (!held) return false;
  if (entry.kind === 'notice') return entry.row.written_by === 'hub';
  return held.source !== entry.row.source || held.id !== entry.row.event_id;
}

/** Whether the hub holds each of these messages to the letter, whatever its number. */
async function holdsAll(db: Executor, id: StreamId, messages: readonly Message[]): Promise<boolean> {
  const bodies = await store.findBodies(
    db,
    id,
    messages.map(({ row }) => row),
  );
  return messages.every(({ text }) => bodies.has(text));
}

const isMessage = (entry: Entry): entry is Message => entry.kind === 'message';
