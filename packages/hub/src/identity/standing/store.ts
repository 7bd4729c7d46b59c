import type { Executor } from '../../db/schema.ts';
import type { DeviceStandingRow, RevocationRow } from './tables.ts';

export function findStanding(db: Executor, deviceId: string): Promise<DeviceStandingRow | undefined> {
  return db.selectFrom('device_standing').selectAll().where('device_id', '=', deviceId).executeTakeFirst();
}

/** Writes these columns, and leaves the others as they are. */
export async function putStanding(
  db: Executor,
  deviceId: string,
  changes: Partial<DeviceStandingRow>,
): Promise<void> {
  await db
    .insertInto('device_standing')
    .values({ ...simple, ...changes, device_id: deviceId })
    .onConflict((conflict) => conflict.column('device_id').doUpdateSet(changes))
    .execute();
}

const simple: Omit<DeviceStandingRow, 'device_id'> = {
  revoked_at: null,
  asked_at: null,
  answer: null,
  readmitted_at: null,
};

export async function insertRevocation(db: Executor, row: RevocationRow): Promise<void> {
  await db.insertInto('revocations').values(row).execute();
}

export function revocationsSince(
  db: Executor,
  at: string,
): Promise<Pick<RevocationRow, 'id' | 'device_id'>[]> {
  return db.selectFrom('revocations').select(['id', 'device_id']).where('at', '>=', at).execute();
}

export async function deleteRevocationsBefore(db: Executor, at: string): Promise<void> {
  await db.deleteFrom('revocations').where('at', '<', at).execute();
}
