import type { Kysely } from 'kysely';
import type { Id, Json, Time } from '../db/columns.ts';
import type { StandingTables } from './standing/tables.ts';

/** A certificate that this hub gave to a device; `serial` as `X509Certificate.serialNumber` writes it. */
export interface CertificateRow {
  serial: string;
  project_id: Id;
  device_id: Id;
  key_sha256: string;
  issued_at: Time;
  expires_at: Time;
  revoked_at: Time | null;
}

/** What lets a new device join. Of its secret the hub keeps a SHA-256 alone. */
export interface DeviceTokenRow {
  id: Id;
  project_id: Id;
  secret_sha256: string;
  /** The name that its one device gets, if somebody chose one. */
  device_name: string | null;
  site_id: Id | null;
  labels: Json;
  uses: number;
  used: number;
  created_at: Time;
  created_by: string;
  expires_at: Time;
  revoked_at: Time | null;
}

/** Which key used a token, and the device that it became: a lost reply is answered again from here. */
export interface TokenUseRow {
  token_id: Id;
  key_sha256: string;
  device_id: Id;
  at: Time;
}

export interface IdentityTables extends StandingTables {
  certificates: CertificateRow;
  device_tokens: DeviceTokenRow;
  token_uses: TokenUseRow;
}

export async function createIdentityTables(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('certificates')
    .addColumn('serial', 'text', (c) => c.primaryKey())
    .addColumn('project_id', 'text', (c) => c.notNull().references('projects.id'))
    .addColumn('device_id', 'text', (c) => c.notNull())
    .addColumn('key_sha256', 'text', (c) => c.notNull())
    .addColumn('issued_at', 'text', (c) => c.notNull())
    .addColumn('expires_at', 'text', (c) => c.notNull())
    .addColumn('revoked_at', 'text')
    .execute();
  await db.schema.createIndex('certificates_of_device').on('certificates').columns(['device_id']).execute();
  await db.schema
    .createTable('device_tokens')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('project_id', 'text', (c) => c.notNull().references('projects.id'))
    .addColumn('secret_sha256', 'text', (c) => c.notNull())
    .addColumn('device_name', 'text')
    .addColumn('site_id', 'text', (c) => c.references('sites.id'))
    .addColumn('labels', 'text', (c) => c.notNull())
    .addColumn('uses', 'integer', (c) => c.notNull())
    .addColumn('used', 'integer', (c) => c.notNull())
    .addColumn('created_at', 'text', (c) => c.notNull())
    .addColumn('created_by', 'text', (c) => c.notNull())
    .addColumn('expires_at', 'text', (c) => c.notNull())
    .addColumn('revoked_at', 'text')
    .execute();
  await db.schema
    .createTable('token_uses')
    .addColumn('token_id', 'text', (c) => c.notNull().references('device_tokens.id'))
    .addColumn('key_sha256', 'text', (c) => c.notNull())
    .addColumn('device_id', 'text', (c) => c.notNull())
    .addColumn('at', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('token_uses_key', ['token_id', 'key_sha256'])
    .execute();
}
