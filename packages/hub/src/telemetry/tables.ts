import type { Kysely } from 'kysely';
import { bigint, type Id, type Json, type Time } from '../db/columns.ts';
import type { DatingTables } from './dating/tables.ts';

/** A CloudEvent that a device sent, under its number in its stream. */
export interface MessageRow {
  device_id: Id;
  producer: string;
  stream: string;
  epoch: number;
  number: number;
  project_id: Id;
  source: string;
  event_id: string;
  type: string;
  time: Time;
  received_at: Time;
  /** The whole CloudEvent. */
  body: Json;
}

export const messageColumns = [
  'device_id',
  'producer',
  'stream',
  'epoch',
  'number',
  'project_id',
  'source',
  'event_id',
  'type',
  'time',
  'received_at',
  'body',
] satisfies (keyof MessageRow)[];

/** What became of numbers that the hub will never hold. It never expires. */
export interface DropNoticeRow {
  device_id: Id;
  producer: string;
  stream: string;
  epoch: number;
  /** The numbers that the notice covers; a device's own notice stands under one number. */
  first_number: number;
  last_number: number;
  project_id: Id;
  /** How many messages are gone. */
  count: number;
  /** Ids of the events that are gone, where they are known: a JSON list. */
  ids: Json;
  reason: string;
  /** Who gave the messages up: the device, or the hub for a range that it can no longer get. */
  written_by: 'device' | 'hub';
  at: Time;
}

export const dropNoticeColumns = [
  'device_id',
  'producer',
  'stream',
  'epoch',
  'first_number',
  'last_number',
  'project_id',
  'count',
  'ids',
  'reason',
  'written_by',
  'at',
] satisfies (keyof DropNoticeRow)[];

export interface TelemetryTables extends DatingTables {
  messages: MessageRow;
  drop_notices: DropNoticeRow;
}

export async function createTelemetryTables(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('messages')
    .addColumn('device_id', 'text', (c) => c.notNull())
    .addColumn('producer', 'text', (c) => c.notNull())
    .addColumn('stream', 'text', (c) => c.notNull())
    .addColumn('epoch', bigint, (c) => c.notNull())
    .addColumn('number', bigint, (c) => c.notNull())
    .addColumn('project_id', 'text', (c) => c.notNull().references('projects.id'))
    .addColumn('source', 'text', (c) => c.notNull())
    .addColumn('event_id', 'text', (c) => c.notNull())
    .addColumn('type', 'text', (c) => c.notNull())
    .addColumn('time', 'text', (c) => c.notNull())
    .addColumn('received_at', 'text', (c) => c.notNull())
    .addColumn('body', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('messages_key', ['device_id', 'producer', 'stream', 'epoch', 'number'])
    .addUniqueConstraint('messages_event', ['project_id', 'device_id', 'source', 'event_id'])
    .execute();
  await db.schema
    .createIndex('messages_arrival')
    .on('messages')
    .columns(['device_id', 'received_at'])
    .execute();
  await db.schema
    .createTable('drop_notices')
    .addColumn('device_id', 'text', (c) => c.notNull())
    .addColumn('producer', 'text', (c) => c.notNull())
    .addColumn('stream', 'text', (c) => c.notNull())
    .addColumn('epoch', bigint, (c) => c.notNull())
    .addColumn('first_number', bigint, (c) => c.notNull())
    .addColumn('last_number', bigint, (c) => c.notNull())
    .addColumn('project_id', 'text', (c) => c.notNull().references('projects.id'))
    .addColumn('count', bigint, (c) => c.notNull())
    .addColumn('ids', 'text', (c) => c.notNull())
    .addColumn('reason', 'text', (c) => c.notNull())
    .addColumn('written_by', 'text', (c) => c.notNull())
    .addColumn('at', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('drop_notices_key', ['device_id', 'producer', 'stream', 'epoch', 'first_number'])
    .execute();
}
