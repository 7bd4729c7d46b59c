import type { Kysely } from 'kysely';
import { bigint, type Flag, type Id, type Json, type Time } from '../db/columns.ts';

export interface DeviceRow {
  id: Id;
  project_id: Id;
  name: string;
  site_id: Id | null;
  labels: Json;
  /** Architecture, cores, memory, accelerators: as the device said when it joined or last said hello. */
  inventory: Json;
  /** Rises with every write by a person: the number in the ETag. */
  generation: number;
  created_at: Time;
  last_seen_at: Time | null;
  connected: Flag;
}

/** A Kubernetes-style condition of a device: what is so, since when and why. */
export interface DeviceConditionRow {
  device_id: Id;
  type: string;
  status: 'True' | 'False' | 'Unknown';
  reason: string;
  message: string;
  last_transition_at: Time;
}

export interface FleetTables {
  devices: DeviceRow;
  device_conditions: DeviceConditionRow;
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
    .addColumn('last_seen_at', 'text')
    .addColumn('connected', 'integer', (c) => c.notNull())
    .addUniqueConstraint('devices_name', ['project_id', 'name'])
    .execute();
  await db.schema
    .createTable('device_conditions')
    .addColumn('device_id', 'text', (c) => c.notNull().references('devices.id').onDelete('cascade'))
    .addColumn('type', 'text', (c) => c.notNull())
    .addColumn('status', 'text', (c) => c.notNull())
    .addColumn('reason', 'text', (c) => c.notNull())
    .addColumn('message', 'text', (c) => c.notNull())
    .addColumn('last_transition_at', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('device_conditions_key', ['device_id', 'type'])
    .execute();
}
