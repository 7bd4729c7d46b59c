import { prepared } from '../db/prepared.ts';
import type { Executor } from '../db/schema.ts';
import type { Continuity } from './continuity.ts';
import type { DeviceContinuityRow } from './tables.ts';

const selectContinuity = prepared(['deviceId'], (db, { deviceId }: { deviceId: string }) =>
  db.selectFrom('device_continuity').selectAll().where('device_id', '=', deviceId),
);

export async function findContinuity(
  db: Executor,
  deviceId: string,
): Promise<DeviceContinuityRow | undefined> {
  return (await selectContinuity(db, { deviceId })).rows[0];
}

/** Writes these columns, and leaves the others as they are. */
export async function putContinuity(
  db: Executor,
  deviceId: string,
  changes: Partial<DeviceContinuityRow>,
): Promise<void> {
  await db
    .insertInto('device_continuity')
    .values({ ...empty, ...changes, device_id: deviceId })
    .onConflict((conflict) => conflict.column('device_id').doUpdateSet(changes))
    .execute();
}

const empty: Omit<DeviceContinuityRow, 'device_id'> = {
  accepted: null,
  offered: '[]',
  session: null,
  forks: 0,
  held: null,
  held_shown: null,
  found_at: null,
  found: null,
  found_times: 0,
};

export const continuityOf = ({ accepted, offered, session }: DeviceContinuityRow): Continuity => ({
  accepted,
  offered: JSON.parse(offered),
  session,
});

export const columnsOf = ({ accepted, offered, session }: Continuity) => ({
  accepted,
  offered: JSON.stringify(offered),
  session,
});

/** After the hub's own data went back in time: whoever comes first is believed, and goes on from there. */
export async function forgetContinuity(db: Executor): Promise<void> {
  await db.updateTable('device_continuity').set({ accepted: null, offered: '[]', session: null }).execute();
}
