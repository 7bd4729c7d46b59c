import type { Kysely } from 'kysely';
import { bigint, type Id, type Json, type Time } from '../db/columns.ts';

export interface TwinRow {
  device_id: Id;
  project_id: Id;
  /** Rises whenever the body changes; a rollback is a higher version. */
  desired_version: number;
  desired_digest: string;
  /** Canonical JSON (RFC 8785), stored as the bytes that the digest names. */
  desired_body: Json;
  desired_at: Time;
  /** The version of the report that `reported` is; a merge patch names the one that it follows. */
  reported_version: number;
  reported: Json;
  reported_at: Time | null;
}

export interface TwinTables {
  twins: TwinRow;
}

export async function createTwinTables(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('twins')
    .addColumn('device_id', 'text', (c) => c.primaryKey().references('devices.id').onDelete('cascade'))
    .addColumn('project_id', 'text', (c) => c.notNull().references('projects.id'))
    .addColumn('desired_version', bigint, (c) => c.notNull())
    .addColumn('desired_digest', 'text', (c) => c.notNull())
    .addColumn('desired_body', 'text', (c) => c.notNull())
    .addColumn('desired_at', 'text', (c) => c.notNull())
    .addColumn('reported_version', bigint, (c) => c.notNull())
    .addColumn('reported', 'text', (c) => c.notNull())
    .addColumn('reported_at', 'text')
    .execute();
}
