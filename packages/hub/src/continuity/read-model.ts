import type { Condition } from '@skerry/contracts';
import type { Executor } from '../db/schema.ts';

/** The condition `Unique` of those devices that were found restored or cloned, until a person has looked. */
export async function restoredOrCloned(
  db: Executor,
  deviceIds: readonly string[],
): Promise<Map<string, Condition>> {
  if (deviceIds.length === 0) return new Map();
  const rows = await db
    .selectFrom('device_continuity')
    .select(['device_id', 'found', 'found_at', 'found_times'])
    .where('device_id', 'in', deviceIds)
    .where('found_at', 'is not', null)
    .execute();
  return new Map(
    rows.map(({ device_id, found, found_at, found_times }) => [
      device_id,
      {
        status: 'False',
        reason: 'RestoredOrCloned',
        message: `${found ?? ''}${timesText(found_times)}`,
        lastTransitionTime: found_at!,
      },
    ]),
  );
}

const timesText = (times: number) => (times > 1 ? ` (found ${times} times)` : '');

/** How many lives of the device are known besides its first. */
export async function forksOf(db: Executor, deviceId: string): Promise<number> {
  const row = await db
    .selectFrom('device_continuity')
    .select('forks')
    .where('device_id', '=', deviceId)
    .executeTakeFirst();
  return row?.forks ?? 0;
}
