import type { CommandState } from '@skerry/contracts';
import type { Kysely } from 'kysely';
import { bigint, type Id, type Json, type Time } from '../db/columns.ts';

/** Something that a device is asked to do, and what became of it. */
export interface CommandRow {
  id: Id;
  project_id: Id;
  device_id: Id;
  /** Place among the commands of the device, from 1. */
  number: number;
  kind: string;
  args: Json;
  state: CommandState;
  asked_by: string;
  created_at: Time;
  expires_at: Time;
  /** Epoch of the hub in which it was asked. */
  epoch: number;
  /** When it was sent first, and in which life of the device (see `forks` of its continuity). */
  sent_at: Time | null;
  sent_fork: number | null;
  settled_at: Time | null;
  settled_by: 'device' | 'hub' | null;
  reason: string | null;
  message: string | null;
  /** Of the newest alone. */
  result: Json | null;
}

export interface CommandTables {
  commands: CommandRow;
}

export async function createCommandTables(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('commands')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('project_id', 'text', (c) => c.notNull().references('projects.id'))
    .addColumn('device_id', 'text', (c) => c.notNull())
    .addColumn('number', bigint, (c) => c.notNull())
    .addColumn('kind', 'text', (c) => c.notNull())
    .addColumn('args', 'text', (c) => c.notNull())
    .addColumn('state', 'text', (c) => c.notNull())
    .addColumn('asked_by', 'text', (c) => c.notNull())
    .addColumn('created_at', 'text', (c) => c.notNull())
    .addColumn('expires_at', 'text', (c) => c.notNull())
    .addColumn('epoch', bigint, (c) => c.notNull())
    .addColumn('sent_at', 'text')
    .addColumn('sent_fork', 'integer')
    .addColumn('settled_at', 'text')
    .addColumn('settled_by', 'text')
    .addColumn('reason', 'text')
    .addColumn('message', 'text')
    .addColumn('result', 'text')
    .addUniqueConstraint('commands_number', ['device_id', 'number'])
    .execute();
  await db.schema.createIndex('commands_by_state').on('commands').columns(['state', 'device_id']).execute();
  await db.schema.createIndex('commands_by_expiry').on('commands').columns(['state', 'expires_at']).execute();
}
