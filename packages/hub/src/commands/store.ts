import type { CommandAnswer } from '@skerry/contracts';
import type { ExpressionBuilder } from 'kysely';
import type { Database, Executor } from '../db/schema.ts';
import type { CommandRow } from './tables.ts';

const open = ['queued', 'sent'] as const;

/** Makes those who ask the same device follow one another, until the end of the transaction. */
export async function holdDevice(trx: Executor, deviceId: string): Promise<void> {
  await trx
    .updateTable('devices')
    .set((set) => ({ generation: set.ref('generation') }))
    .where('id', '=', deviceId)
    .execute();
}

/** How many commands of the device are open, and the highest number given. */
export async function tallyOf(db: Executor, deviceId: string): Promise<{ open: number; last: number }> {
  const row = await db
    .selectFrom('commands')
    .select(({ fn }) => [
      fn.max('number').as('last'),
      fn.countAll().filterWhere('state', 'in', open).as('open'),
    ])
    .where('device_id', '=', deviceId)
    .executeTakeFirstOrThrow();
  return { open: Number(row.open), last: Number(row.last ?? 0) };
}

export async function insertCommand(db: Executor, row: CommandRow): Promise<void> {
  await db.insertInto('commands').values(row).execute();
}

export function findCommand(db: Executor, deviceId: string, id: string): Promise<CommandRow | undefined> {
  return db
    .selectFrom('commands')
    .selectAll()
    .where('id', '=', id)
    .where('device_id', '=', deviceId)
    .executeTakeFirst();
}

export type CommandSummary = Omit<CommandRow, 'args' | 'result'>;

/** Newest first, without what may be large. */
export function listCommands(
  db: Executor,
  deviceId: string,
  { limit, before }: { limit: number; before: number | undefined },
): Promise<CommandSummary[]> {
  const query = db
    .selectFrom('commands')
    .select([
      'id',
      'project_id',
      'device_id',
      'number',
      'kind',
      'state',
      'asked_by',
      'created_at',
      'expires_at',
      'epoch',
      'sent_at',
      'sent_fork',
      'settled_at',
      'settled_by',
      'reason',
      'message',
    ])
    .where('device_id', '=', deviceId);
  return (before === undefined ? query : query.where('number', '<', before))
    .orderBy('number', 'desc')
    .limit(limit)
    .execute();
}

/** In the order in which they were asked for. */
export function openCommands(db: Executor, deviceId: string): Promise<CommandRow[]> {
  return db
    .selectFrom('commands')
    .selectAll()
    .where('device_id', '=', deviceId)
    .where('state', 'in', open)
    .orderBy('number')
    .execute();
}

export async function devicesWithOpenCommands(db: Executor): Promise<string[]> {
  const rows = await db
    .selectFrom('commands')
    .innerJoin('devices', 'devices.id', 'commands.device_id')
    .select('device_id')
    .distinct()
    .where('state', 'in', open)
    .execute();
  return rows.map((row) => row.device_id);
}

/** Those whose time is over. */
export function overdueCommands(db: Executor, at: string, limit: number): Promise<CommandRow[]> {
  return db
    .selectFrom('commands')
    .selectAll()
    .where('state', 'in', open)
    .where('expires_at', '<=', at)
    .limit(limit)
    .execute();
}

/** When the next open one's time is over; undefined where none is open. */
export async function nextExpiry(db: Executor): Promise<string | undefined> {
  const row = await db
    .selectFrom('commands')
    .select('expires_at')
    .where('state', 'in', open)
    .orderBy('expires_at')
    .limit(1)
    .executeTakeFirst();
  return row?.expires_at;
}

export async function markSent(db: Executor, id: string, at: string, fork: number): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('commands')
    .set((set) => ({
      state: 'sent' as const,
      sent_at: set.fn.coalesce('sent_at', set.val(at)),
      sent_fork: fork,
    }))
    .where('id', '=', id)
    .where('state', 'in', open)
    .executeTakeFirstOrThrow();
  return numUpdatedRows === 1n;
}

export interface Settlement {
  readonly state: CommandAnswer['outcome'];
  readonly by: 'device' | 'hub';
  readonly at: string;
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
  readonly result?: CommandAnswer['result'];
}

/** False when it is settled already. A device's own word takes the place of the hub's guess, once. */
export async function settleCommand(
  db: Executor,
  { id, device_id: deviceId }: Pick<CommandRow, 'id' | 'device_id'>,
  { state, by, at, reason, message, result }: Settlement,
): Promise<boolean> {
  const isGuess = by === 'hub';
  const update = db
    .updateTable('commands')
    .set({
      state,
      settled_at: at,
      settled_by: by,
      reason: reason ?? null,
      message: message ?? null,
      result: result ? JSON.stringify(result) : null,
    })
    .where('id', '=', id)
    .where('device_id', '=', deviceId)
    .where((where) =>
      where.or([where('state', 'in', open), ...(isGuess ? [] : [where('settled_by', '=', 'hub')])]),
    );
  // Somebody may have sent it since the hub looked.
  const never = isGuess && state === 'expired' ? update.where('sent_at', 'is', null) : update;
  const { numUpdatedRows } = await never.executeTakeFirstOrThrow();
  return numUpdatedRows === 1n;
}

const RESULTS_KEPT = 32;
const SETTLED_KEPT = 500;

/**
 * Keeps a device's commands few and their results fewer; what is open stays, and so does `id`. Pages of logs go with
 * their results: whoever follows logs for an hour must not push out what others asked for.
 */
export async function forgetOld(db: Executor, deviceId: string, id: string): Promise<void> {
  const { last } = await tallyOf(db, deviceId);
  const withoutResult = last - RESULTS_KEPT;
  await db
    .deleteFrom('commands')
    .where('device_id', '=', deviceId)
    .where('state', 'not in', open)
    .where('id', '!=', id)
    .where((where) =>
      where.or([
        where('number', '<=', newestForgotten(where, deviceId)),
        where.and([where('kind', '=', 'logs'), where('number', '<=', withoutResult)]),
      ]),
    )
    .execute();
  await db
    .updateTable('commands')
    .set({ result: null })
    .where('device_id', '=', deviceId)
    .where('result', 'is not', null)
    .where('number', '<=', withoutResult)
    .where('id', '!=', id)
    .execute();
}

/** Null where there are few. */
function newestForgotten(where: ExpressionBuilder<Database, 'commands'>, deviceId: string) {
  return where
    .selectFrom('commands as newer')
    .select('newer.number')
    .where('newer.device_id', '=', deviceId)
    .orderBy('newer.number', 'desc')
    .limit(1)
    .offset(SETTLED_KEPT);
}

/** Of devices that were removed: their ids never come back. */
export async function deleteOrphans(db: Executor): Promise<void> {
  await db
    .deleteFrom('commands')
    .where('device_id', 'in', (query) => query.selectFrom('removed_devices').select('device_id'))
    .execute();
}
