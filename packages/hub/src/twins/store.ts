import { prepared } from '../db/prepared.ts';
import type { Executor } from '../db/schema.ts';
import type { TwinRow } from './tables.ts';

export type StoredDesire = Pick<TwinRow, 'device_id' | 'desired_version' | 'desired_digest' | 'desired_body'>;

export async function storedDesires(
  db: Executor,
  projectId: string,
  ids?: readonly string[],
): Promise<Map<string, StoredDesire>> {
  if (ids?.length === 0) return new Map();
  const query = db
    .selectFrom('twins')
    .select(['device_id', 'desired_version', 'desired_digest', 'desired_body'])
    .where('project_id', '=', projectId);
  const rows = await (ids ? query.where('device_id', 'in', ids) : query).execute();
  return new Map(rows.map((row) => [row.device_id, row]));
}

export interface NewDesire {
  readonly deviceId: string;
  readonly projectId: string;
  readonly body: string;
  readonly digest: string;
  readonly at: string;
}

export async function insertTwin(
  db: Executor,
  { deviceId, projectId, body, digest, at }: NewDesire,
): Promise<void> {
  const desired = { desired_version: 1, desired_digest: digest, desired_body: body, desired_at: at };
  const reported = { reported_version: 0, reported: '{}', reported_at: null };
  await db
    .insertInto('twins')
    .values({ device_id: deviceId, project_id: projectId, ...desired, ...reported })
    .execute();
}

/** A version higher than any before, whatever the body was before. */
export async function raiseDesire(db: Executor, { deviceId, body, digest, at }: NewDesire): Promise<void> {
  await db
    .updateTable('twins')
    .set((set) => ({
      desired_version: set('desired_version', '+', 1),
      desired_digest: digest,
      desired_body: body,
      desired_at: at,
    }))
    .where('device_id', '=', deviceId)
    .execute();
}

const selectReported = prepared(['device_id'], (db, { device_id }: Pick<TwinRow, 'device_id'>) =>
  db.selectFrom('twins').select(['reported', 'reported_version']).where('device_id', '=', device_id),
);

export async function findReported(
  db: Executor,
  deviceId: string,
): Promise<Pick<TwinRow, 'reported' | 'reported_version'> | undefined> {
  return (await selectReported(db, { device_id: deviceId })).rows[0];
}

type NewReport = Pick<TwinRow, 'device_id' | 'reported' | 'reported_version' | 'reported_at'> & {
  base: number;
};

const updateReported = prepared(
  ['device_id', 'reported', 'reported_version', 'reported_at', 'base'],
  (db, { device_id, base, ...report }: NewReport) =>
    db
      .updateTable('twins')
      .set(report)
      .where('device_id', '=', device_id)
      .where('reported_version', '=', base),
);

/** False when another report was stored since `base` was read. */
export async function saveReported(
  db: Executor,
  deviceId: string,
  base: number,
  { version, reported, at }: { version: number; reported: string; at: string },
): Promise<boolean> {
  const report = { reported, reported_version: version, reported_at: at };
  const { numAffectedRows } = await updateReported(db, { device_id: deviceId, base, ...report });
  return numAffectedRows === 1n;
}
