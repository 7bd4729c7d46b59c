import type { Kysely } from 'kysely';
import { bigint, type Flag, type Id, type Json, type Time } from '../db/columns.ts';
import type { AdoptionTables } from './adoption/tables.ts';

export interface DeviceRow {
  id: Id;
  project_id: Id;
  name: string;
  site_id: Id | null;
  labels: Json;
  /** What the device is made of, as it said when it joined or last said hello. */
  inventory: Json;
  /** Rises with every write by a person: the number in the ETag. */
  generation: number;
  created_at: Time;
  updated_at: Time;
  last_seen_at: Time | null;
  connected: Flag;
  /** The rest of the condition `Connected`: why, and since when. */
  connection_reason: string;
  connection_message: string;
  connection_changed_at: Time;
}

export interface FleetTables extends AdoptionTables {
  devices: DeviceRow;
}

export async function createFleetTables(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('devices')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('project_id', 'text', (c) => c.notNull().references('projects.id'))
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('site_id', 'text', (c) => c.references('sites.id'))
    .addColumn('labels', 'text', (c) => c.notNull())
    .addColumn('inventory', 'text', (c) => c.notNull())
    .addColumn('generation', bigint, (c) => c.notNull())
    .addColumn('created_at', 'text', (c) => c.notNull())
    .addColumn('updated_at', 'text', (c) => c.notNull())
    .addColumn('last_seen_at', 'text')
    .addColumn('connected', 'integer', (c) => c.notNull())
    .addColumn('connection_reason', 'text', (c) => c.notNull())
    .addColumn('connection_message', 'text', (c) => c.notNull())
    .addColumn('connection_changed_at', 'text', (c) => c.notNull())
    .addUniqueConstraint('devices_name', ['project_id', 'name'])
    .execute();
  await db.schema.createIndex('devices_of_site').on('devices').columns(['site_id']).execute();
}
