import { prepared } from '../db/prepared.ts';
import type { Executor } from '../db/schema.ts';

export interface Installation {
  readonly hubId: string;
  /** Rises when the hub was restored from a backup; part of every desired version. */
  readonly epoch: number;
}

const selectInstallation = prepared([], (db) => db.selectFrom('installation').select(['hub_id', 'epoch']));

/** Which hub this is. */
export async function installation(db: Executor): Promise<Installation> {
  const [row] = (await selectInstallation(db, {})).rows;
  if (!row) throw new Error('the hub was never installed');
  return { hubId: row.hub_id, epoch: row.epoch };
}
