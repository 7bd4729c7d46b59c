import type { Kysely } from 'kysely';
import type { Id, Time } from '../db/columns.ts';

/** What happened to a device, a model or a deployment: when, why, and who did it. Ids sort by time. */
export interface EventRow {
  id: Id;
  project_id: Id;
  /** Set where it is about a device: a name may be given again to another. */
  device_id: Id | null;
  at: Time;
  severity: 'Normal' | 'Warning';
  reason: string;
  message: string;
  /** A person's name, `device/NAME` or `hub`. */
  actor: string;
  /** `device/NAME`, `deployment/NAME`, `site/NAME`, `model/NAME`, `token/NAME`, `device-token/ID`. */
  about: string;
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
    .addColumn('at', 'text', (c) => c.notNull())
    .addColumn('severity', 'text', (c) => c.notNull())
    .addColumn('reason', 'text', (c) => c.notNull())
    .addColumn('message', 'text', (c) => c.notNull())
    .addColumn('actor', 'text', (c) => c.notNull())
    .addColumn('about', 'text', (c) => c.notNull())
    .execute();
  await db.schema.createIndex('events_of_project').on('events').columns(['project_id', 'id']).execute();
  await db.schema.createIndex('events_of_device').on('events').columns(['device_id', 'id']).execute();
  await db.schema
    .createIndex('events_of_object')
    .on('events')
    .columns(['project_id', 'about', 'id'])
    .execute();
}
