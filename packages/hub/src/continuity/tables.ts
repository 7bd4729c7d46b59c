import type { Kysely } from 'kysely';
import type { Id, Json, Time } from '../db/columns.ts';

/** By which secrets a device goes on, and what was found when one did not. Hashes, never secrets. */
export interface DeviceContinuityRow {
  device_id: Id;
  accepted: string | null;
  /** A JSON list, oldest first. */
  offered: Json;
  session: Id | null;
  /** How often it was found to be another than was known: each begins a life of its own. */
  forks: number;
  /** Who waits for a person: the one that contradicts, or all that say they are this device. */
  held: 'other' | 'all' | null;
  /** Hash of what the one that is held showed. */
  held_shown: string | null;
  found_at: Time | null;
  found: string | null;
  /** How often, since then. */
  found_times: number;
}

export interface ContinuityTables {
  device_continuity: DeviceContinuityRow;
}

export async function createContinuityTables(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('device_continuity')
    .addColumn('device_id', 'text', (c) => c.primaryKey())
    .addColumn('accepted', 'text')
    .addColumn('offered', 'text', (c) => c.notNull())
    .addColumn('session', 'text')
    .addColumn('forks', 'integer', (c) => c.notNull())
    .addColumn('held', 'text')
    .addColumn('held_shown', 'text')
    .addColumn('found_at', 'text')
    .addColumn('found', 'text')
    .execute();
}

export async function countFindings(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('device_continuity')
    .addColumn('found_times', 'integer', (c) => c.notNull().defaultTo(0))
    .execute();
}
