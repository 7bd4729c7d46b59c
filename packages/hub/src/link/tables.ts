import type { Kysely } from 'kysely';
import { bigint, type Id } from '../db/columns.ts';

/** How far the hub holds a stream of a device: everything below `next_number` of `epoch`. */
export interface StreamRow {
  device_id: Id;
  producer: string;
  stream: string;
  project_id: Id;
  epoch: number;
  next_number: number;
  /** Running hash up to `next_number - 1`. */
  hash: string;
}

/** The running hash as it was after `number`, at the ends of the latest batches. */
export interface StreamCheckpointRow {
  device_id: Id;
  producer: string;
  stream: string;
  epoch: number;
  number: number;
  hash: string;
}

export interface LinkTables {
  streams: StreamRow;
  stream_checkpoints: StreamCheckpointRow;
}

export async function createLinkTables(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('streams')
    .addColumn('device_id', 'text', (c) => c.notNull())
    .addColumn('producer', 'text', (c) => c.notNull())
    .addColumn('stream', 'text', (c) => c.notNull())
    .addColumn('project_id', 'text', (c) => c.notNull().references('projects.id'))
    .addColumn('epoch', bigint, (c) => c.notNull())
    .addColumn('next_number', bigint, (c) => c.notNull())
    .addColumn('hash', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('streams_key', ['device_id', 'producer', 'stream'])
    .execute();
  await db.schema
    .createTable('stream_checkpoints')
    .addColumn('device_id', 'text', (c) => c.notNull())
    .addColumn('producer', 'text', (c) => c.notNull())
    .addColumn('stream', 'text', (c) => c.notNull())
    .addColumn('epoch', bigint, (c) => c.notNull())
    .addColumn('number', bigint, (c) => c.notNull())
    .addColumn('hash', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('stream_checkpoints_key', ['device_id', 'producer', 'stream', 'epoch', 'number'])
    .execute();
}
