import type { Executor } from '../db/schema.ts';

export interface Installation {
  readonly hubId: string;
  /** Rises when the hub was restored from a backup; part of every desired version. */
  readonly epoch: number;
}

/** Which hub this is. */
export async function installation(db: Executor): Promise<Installation> {
  const row = await db.selectFrom('installation').select(['hub_id', 'epoch']).executeTakeFirstOrThrow();
  return { hubId: row.hub_id, epoch: row.epoch };
}
