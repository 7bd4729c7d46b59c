import type { Kysely } from 'kysely';
import type { Id, Time } from '../../db/columns.ts';

/** How a device stands with its hub, where it is not simply certified. */
export interface DeviceStandingRow {
  device_id: Id;
  /** A person has said that none of its certificates is good any more. */
  revoked_at: Time | null;
  /** It came back with a certificate that had ended, and was not given another. */
  asked_at: Time | null;
  /** Why not: a sentence. */
  answer: string | null;
  /** A person has let it come back: with any certificate that had ended by then. */
  readmitted_at: Time | null;
}

/** That a device's connections are to be cut, for hubs that share the database. Kept for some minutes. */
export interface RevocationRow {
  id: Id;
  device_id: Id;
  at: Time;
}

export interface StandingTables {
  device_standing: DeviceStandingRow;
  revocations: RevocationRow;
}

export async function createStandingTables(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('device_standing')
    .addColumn('device_id', 'text', (c) => c.primaryKey())
    .addColumn('revoked_at', 'text')
    .addColumn('asked_at', 'text')
    .addColumn('answer', 'text')
    .addColumn('readmitted_at', 'text')
    .execute();
  await db.schema
    .createTable('revocations')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('device_id', 'text', (c) => c.notNull())
    .addColumn('at', 'text', (c) => c.notNull())
    .execute();
  await db.schema.createIndex('revocations_at').on('revocations').columns(['at']).execute();
}
