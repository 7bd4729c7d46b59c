import type { Executor } from '../../db/schema.ts';
import type { MessageRow } from '../tables.ts';
import { type Boots, type Bounds, type Dated, dateOf, momentOf, type Timed } from './date.ts';
import { bootsOf, nearestDated } from './store.ts';

/** What is needed of a message to date it. */
export type DatableRow = Pick<
  MessageRow,
  'producer' | 'stream' | 'epoch' | 'number' | 'received_at' | 'body'
>;

/** A message of a page, and when it was made (ms since the epoch) where that is known. */
interface Read {
  readonly row: DatableRow;
  readonly event: Timed;
  readonly moment: number | undefined;
}

/** Texts without it say that the device knew the time: the attribute is never absent. */
const UNKNOWN = /"timeknown"\s*:\s*false/;

/**
 * Dates those messages of a device that it made without knowing the time; the date of the others is their own. By
 * their boot, once a session has told when it began; those of a boot that never had one lie between their neighbours.
 */
export async function dateMessages<Row extends DatableRow>(
  db: Executor,
  deviceId: string,
  rows: readonly Row[],
): Promise<ReadonlyMap<DatableRow, Dated>> {
  if (!rows.some(({ body }) => UNKNOWN.test(body))) return new Map();
  const boots = await bootsOf(db, deviceId);
  const read = rows.map((row): Read => {
    const event: Timed = JSON.parse(row.body);
    return { row, event, moment: momentOf(event, boots) };
  });
  const bounds = await boundsOf(db, deviceId, read, boots);
  const undated = read.filter(({ event }) => !event.timeknown);
  return new Map(undated.map(({ row, event, moment }) => [row, dateOf(event, moment, bounds.get(row)!)]));
}

/** For every message: what of its stream is dated, before and after it, on this page or beyond. */
async function boundsOf(
  db: Executor,
  deviceId: string,
  read: readonly Read[],
  boots: Boots,
): Promise<Map<DatableRow, Bounds>> {
  const beyond = (side: 'before' | 'after') => async (row: DatableRow) => {
    const neighbour = await nearestDated(db, { ...row, device_id: deviceId }, side, boots);
    return neighbour && momentOf(neighbour, boots);
  };
  const bounds = new Map<DatableRow, Bounds>();
  const streams = Map.groupBy(read, ({ row }) => `${row.producer} ${row.stream} ${row.epoch}`);
  for (const stream of streams.values()) {
    const inOrder = stream.toSorted((a, b) => a.row.number - b.row.number);
    const before = await lastDated(inOrder, beyond('before'));
    const after = await lastDated(inOrder.toReversed(), beyond('after'));
    for (const { row } of inOrder) bounds.set(row, between(before.get(row), after.get(row), row));
  }
  return bounds;
}

/** Nothing was made after it came. */
function between(from: number | undefined, after: number | undefined, { received_at }: DatableRow): Bounds {
  const to = Math.min(after ?? Number.POSITIVE_INFINITY, Date.parse(received_at));
  return { from, to: Math.max(to, from ?? to) };
}

/** For each message, in the order given: the moment of the last one with a date, of those that came before it. */
async function lastDated(
  read: readonly Read[],
  beyondPage: (row: DatableRow) => Promise<number | undefined>,
): Promise<Map<DatableRow, number | undefined>> {
  const found = new Map<DatableRow, number | undefined>();
  const [first] = read;
  let last = first && first.moment === undefined ? await beyondPage(first.row) : undefined;
  for (const { row, moment } of read) {
    last = moment ?? last;
    found.set(row, last);
  }
  return found;
}
