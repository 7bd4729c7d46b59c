import type { Clock, Random } from '@skerry/kit';
import { uuidv7 } from '@skerry/kit';
import type { RecordEvent } from '../context.ts';
import { prepared } from '../db/prepared.ts';
import type { Executor } from '../db/schema.ts';
import { nowText } from '../time.ts';
import type { EventRow } from './tables.ts';

const insertEvent = prepared(
  ['id', 'project_id', 'device_id', 'at', 'severity', 'reason', 'message', 'actor', 'about'],
  (db, row: EventRow) => db.insertInto('events').values(row),
);

/** Ids rise strictly, so that what happened in one millisecond is told in its order. */
export function eventRecorder({ clock, random }: { clock: Clock; random: Random }): RecordEvent {
  let last = 0;
  const now = () => {
    last = Math.max(clock.now(), last + 1);
    return last;
  };
  return async (db, { projectId, deviceId, severity = 'Normal', reason, message, by, about }) => {
    const row: EventRow = {
      id: uuidv7({ now }, random),
      project_id: projectId,
      device_id: deviceId ?? null,
      at: nowText(clock),
      severity,
      reason,
      message,
      actor: by,
      about,
    };
    await insertEvent(db, row);
  };
}

export interface EventQuery {
  readonly projectId: string;
  readonly about?: string | undefined;
  readonly limit: number;
  /** Only events older than the one with this id. */
  readonly before?: string | undefined;
}

/** Newest first. */
export async function listEvents(
  db: Executor,
  { projectId, about, limit, before }: EventQuery,
): Promise<EventRow[]> {
  let query = db.selectFrom('events').selectAll().where('project_id', '=', projectId);
  if (about !== undefined) query = query.where('about', '=', about);
  if (before !== undefined) query = query.where('id', '<', before);
  return query.orderBy('id', 'desc').limit(limit).execute();
}

export interface OldEvents {
  /** Only those after the one with this id. */
  readonly after: string;
  /** Only those that have ids below this one. */
  readonly before: string;
  readonly limit: number;
}

/** Of what no person did, the oldest, but never the last that happened; returns their ids. */
export async function deleteOldEvents(db: Executor, { after, before, limit }: OldEvents): Promise<string[]> {
  const old = db
    .selectFrom('events')
    .select('id')
    .where('id', '>', after)
    .where('id', '<', before)
    .where('id', '<', ({ selectFrom }) => selectFrom('events').select(({ fn }) => fn.max('id').as('last')))
    .where((where) => where.or([where('actor', '=', 'hub'), where('actor', 'like', 'device/%')]))
    .orderBy('id')
    .limit(limit);
  const rows = await db.deleteFrom('events').where('id', 'in', old).returning('id').execute();
  return rows.map(({ id }) => id).sort();
}
