import type { DeviceAddress } from '@skerry/contracts';
import { forksOf } from '../continuity/read-model.ts';
import { textsIn } from '../db/prepared.ts';
import type { Executor } from '../db/schema.ts';
import type { MessageRow } from '../telemetry/tables.ts';

/**
 * Of a device that was restored or cloned, two may have made different messages under one id. The later one is kept
 * beside the earlier, under an id that says in which life of the device it was made; what both brought along from
 * before, the same to the letter, is there once.
 */

/** No event's id holds it: ASCII's unit separator. */
const SEPARATOR = '\u001f';

export const idInFork = (id: string, fork: number) => `${id}${SEPARATOR}${fork}`;
export const idOfEvent = (id: string) => id.split(SEPARATOR, 1)[0]!;

/** Another life of the device begins, in the transaction that finds it. True where nobody was told yet. */
export type Contradicts = (device: DeviceAddress, found: string, trx: Executor) => Promise<boolean>;
/** Who showed another secret has begun its life with that, and was told of. */
export const isCounted: Contradicts = async () => false;

/** Stores those of the rows that the hub knew by their id alone. */
export async function keepForked(
  db: Executor,
  { deviceId }: Pick<DeviceAddress, 'deviceId'>,
  rows: readonly MessageRow[],
): Promise<void> {
  if (rows.length === 0) return;
  const fork = await forksOf(db, deviceId);
  if (fork === 0) return;
  for (const row of rows) {
    const known = await findTexts(db, row, fork);
    if (known.length === 0 || known.includes(row.body)) continue;
    await db
      .insertInto('messages')
      .values({ ...row, event_id: idInFork(row.event_id, fork) })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
}

/** Two that take turns for months have thousands of lives between them; what one brings again is of a recent one. */
const LIVES_COMPARED = 64;

/** What the hub holds under a message's id, whichever of the device's lives, of which there were so many, made it. */
async function findTexts(
  db: Executor,
  { project_id, device_id, source, event_id }: MessageRow,
  forks: number,
): Promise<string[]> {
  const ids = [event_id];
  for (let fork = forks; fork > Math.max(0, forks - LIVES_COMPARED); fork--)
    ids.push(idInFork(event_id, fork));
  const rows = await db
    .selectFrom('messages')
    .select('body')
    .where('project_id', '=', project_id)
    .where('device_id', '=', device_id)
    .where('source', '=', source)
    .where('event_id', 'in', textsIn(db, JSON.stringify(ids)))
    .execute();
  return rows.map(({ body }) => body);
}
