import type { Kysely } from 'kysely';
import { bigint, type Id } from '../../db/columns.ts';

/** When a boot of a device began, as far as a session of it has shown. */
export interface DeviceBootRow {
  device_id: Id;
  boot_id: string;
  /** Milliseconds since the epoch, by the hub's clock. */
  began_at: number;
}

export interface DatingTables {
  device_boots: DeviceBootRow;
}

export async function createDatingTables(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('device_boots')
    .addColumn('device_id', 'text', (c) => c.notNull())
    .addColumn('boot_id', 'text', (c) => c.notNull())
    .addColumn('began_at', bigint, (c) => c.notNull())
    .addPrimaryKeyConstraint('device_boots_key', ['device_id', 'boot_id'])
    .execute();
}
