import type { Kysely } from 'kysely';
import type { Id, Json, Time } from '../db/columns.ts';

/** What happened to a device, a model or a deployment: when, why, and who did it. Ids sort by time. */
export interface EventRow {
  id: Id;
  project_id: Id;
  device_id: Id | null;
  /** The kind and name of what it happened to: `Device`, `Deployment`, `Site`, `Model`, `Token`. */
  kind: string;
  name: string;
  type: 'Normal' | 'Warning';
  reason: string;
  message: string;
  /** `person:NAME`, `device:NAME` or `hub`. */
  actor: string;
  details: Json;
  at: Time;
}

export interface EventTables {
  events: EventRow;
}

export async function createEventTables(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('events')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('project_id', 'text', (c) => c.notNull().references('projects.id'))
    .addColumn('device_id', 'text')
    .addColumn('kind', 'text', (c) => c.notNull())
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('type', 'text', (c) => c.notNull())
    .addColumn('reason', 'text', (c) => c.notNull())
    .addColumn('message', 'text', (c) => c.notNull())
    .addColumn('actor', 'text', (c) => c.notNull())
    .addColumn('details', 'text', (c) => c.notNull())
    .addColumn('at', 'text', (c) => c.notNull())
    .execute();
  await db.schema.createIndex('events_of_project').on('events').columns(['project_id', 'id']).execute();
  await db.schema.createIndex('events_of_object').on('events').columns(['project_id', 'kind', 'name', 'id']).execute();
}
