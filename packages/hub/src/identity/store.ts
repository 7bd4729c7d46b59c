import { prepared } from '../db/prepared.ts';
import type { Executor } from '../db/schema.ts';
import type { CertificateRow, DeviceTokenRow, TokenUseRow } from './tables.ts';

export async function insertCertificate(db: Executor, row: CertificateRow): Promise<void> {
  await db.insertInto('certificates').values(row).execute();
}

const selectCertificate = prepared(['serial'], (db, { serial }: { serial: string }) =>
  db.selectFrom('certificates').select(['revoked_at', 'key_sha256']).where('serial', '=', serial),
);

/** Undefined when the hub has no record of it. */
export async function findCertificate(
  db: Executor,
  serial: string,
): Promise<Pick<CertificateRow, 'revoked_at' | 'key_sha256'> | undefined> {
  return (await selectCertificate(db, { serial })).rows[0];
}

/** Whether the device was ever certified with that key, and is not revoked. */
export async function isKeyOfDevice(db: Executor, deviceId: string, keySha256: string): Promise<boolean> {
  const row = await db
    .selectFrom('certificates')
    .select('serial')
    .where('device_id', '=', deviceId)
    .where('key_sha256', '=', keySha256)
    .where('revoked_at', 'is', null)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** False when it is on record already. */
export async function learnCertificate(db: Executor, row: CertificateRow): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('certificates')
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirstOrThrow();
  return numInsertedOrUpdatedRows === 1n;
}

/** Revokes every certificate that the device has. */
export async function revokeCertificates(db: Executor, deviceId: string, at: string): Promise<void> {
  await db
    .updateTable('certificates')
    .set({ revoked_at: at })
    .where('device_id', '=', deviceId)
    .where('revoked_at', 'is', null)
    .execute();
}

/** When the last certificate that the device may use ends, RFC 3339; undefined when it has none. */
export async function lastCertificateEnd(db: Executor, deviceId: string): Promise<string | undefined> {
  const row = await db
    .selectFrom('certificates')
    .select((eb) => eb.fn.max('expires_at').as('end'))
    .where('device_id', '=', deviceId)
    .where('revoked_at', 'is', null)
    .executeTakeFirst();
  return row?.end ?? undefined;
}

/**
 * Forgets certificates that ended before, where nobody can come back with them: of a device that has been given later
 * ones, or is gone.
 */
export async function deleteEndedCertificates(db: Executor, before: string): Promise<void> {
  await db
    .deleteFrom('certificates')
    .where('expires_at', '<', before)
    .where((where) =>
      where.or([
        where.not(
          where.exists(
            where.selectFrom('devices').select('id').whereRef('devices.id', '=', 'certificates.device_id'),
          ),
        ),
        where.exists(
          where
            .selectFrom('certificates as later')
            .select('later.serial')
            .whereRef('later.device_id', '=', 'certificates.device_id')
            .whereRef('later.expires_at', '>', 'certificates.expires_at'),
        ),
      ]),
    )
    .execute();
}

export async function insertToken(db: Executor, row: DeviceTokenRow): Promise<void> {
  await db.insertInto('device_tokens').values(row).execute();
}

export async function listTokens(db: Executor, projectId: string): Promise<DeviceTokenRow[]> {
  return db
    .selectFrom('device_tokens')
    .selectAll()
    .where('project_id', '=', projectId)
    .orderBy('id')
    .execute();
}

/** The token, with its row held until the transaction ends: of two joins at once the second waits. */
export async function holdToken(db: Executor, id: string): Promise<DeviceTokenRow | undefined> {
  return db
    .updateTable('device_tokens')
    .set((set) => ({ used: set.ref('used') }))
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirst();
}

/** False when the project has none of that id. Revoked again, it keeps its first time. */
export async function revokeToken(db: Executor, projectId: string, id: string, at: string): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('device_tokens')
    .set((set) => ({ revoked_at: set.fn.coalesce('revoked_at', set.val(at)) }))
    .where('project_id', '=', projectId)
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  return numUpdatedRows > 0n;
}

export async function findTokenUse(
  db: Executor,
  tokenId: string,
  keySha256: string,
): Promise<TokenUseRow | undefined> {
  return db
    .selectFrom('token_uses')
    .selectAll()
    .where('token_id', '=', tokenId)
    .where('key_sha256', '=', keySha256)
    .executeTakeFirst();
}

/** Counts the use and binds it to the key. The token is to be held. */
export async function insertTokenUse(db: Executor, use: TokenUseRow): Promise<void> {
  await db.insertInto('token_uses').values(use).execute();
  await db
    .updateTable('device_tokens')
    .set((set) => ({ used: set('used', '+', 1) }))
    .where('id', '=', use.token_id)
    .execute();
}
