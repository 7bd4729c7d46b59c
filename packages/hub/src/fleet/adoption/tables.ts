import { type Kysely, sql } from 'kysely';
import type { Id, Json, Time } from '../../db/columns.ts';

/**
 * A device whose certificate is of this hub, and that it does not know, or not with that key: it joined after a backup
 * that was restored. Where several claim to be it, each has a row, so that a person decides between them.
 */
export interface WaitingDeviceRow {
  /** Key, with the fingerprint. */
  device_id: Id;
  project_id: Id;
  /** What it says it is called. */
  name: string;
  inventory: Json;
  serial: string;
  fingerprint: string;
  /** PEM, to be put on record when it is adopted; null where it asked before that was kept. */
  certificate: string | null;
  address: string;
  first_seen_at: Time;
  last_seen_at: Time;
}

/** A device that was taken out of the fleet. It is never offered for adoption. */
export interface RemovedDeviceRow {
  device_id: Id;
  removed_at: Time;
}

export interface AdoptionTables {
  device_claims: WaitingDeviceRow;
  removed_devices: RemovedDeviceRow;
}

export async function createAdoptionTables(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('waiting_devices')
    .addColumn('device_id', 'text', (c) => c.primaryKey())
    .addColumn('project_id', 'text', (c) => c.notNull().references('projects.id'))
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('inventory', 'text', (c) => c.notNull())
    .addColumn('serial', 'text', (c) => c.notNull())
    .addColumn('fingerprint', 'text', (c) => c.notNull())
    .addColumn('address', 'text', (c) => c.notNull())
    .addColumn('first_seen_at', 'text', (c) => c.notNull())
    .addColumn('last_seen_at', 'text', (c) => c.notNull())
    .execute();
  await db.schema
    .createTable('removed_devices')
    .addColumn('device_id', 'text', (c) => c.primaryKey())
    .addColumn('removed_at', 'text', (c) => c.notNull())
    .execute();
  // Those that were removed before there was this table left their revoked certificates.
  await sql`insert into removed_devices (device_id, removed_at)
    select device_id, max(revoked_at) from certificates
    where revoked_at is not null and device_id not in (select id from devices)
    group by device_id`.execute(db);
}

export async function addWaitingCertificates(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('waiting_devices').addColumn('certificate', 'text').execute();
}

export async function tellClaimsApart(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('device_claims')
    .addColumn('device_id', 'text', (c) => c.notNull())
    .addColumn('project_id', 'text', (c) => c.notNull().references('projects.id'))
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('inventory', 'text', (c) => c.notNull())
    .addColumn('serial', 'text', (c) => c.notNull())
    .addColumn('fingerprint', 'text', (c) => c.notNull())
    .addColumn('certificate', 'text')
    .addColumn('address', 'text', (c) => c.notNull())
    .addColumn('first_seen_at', 'text', (c) => c.notNull())
    .addColumn('last_seen_at', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('device_claims_key', ['device_id', 'fingerprint'])
    .execute();
  await sql`insert into device_claims
    (device_id, project_id, name, inventory, serial, fingerprint, certificate, address, first_seen_at, last_seen_at)
    select device_id, project_id, name, inventory, serial, fingerprint, certificate, address, first_seen_at, last_seen_at
    from waiting_devices`.execute(db);
  await db.schema.dropTable('waiting_devices').execute();
}
