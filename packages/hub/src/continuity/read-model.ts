import type { Condition } from '@skerry/contracts';
import type { Executor } from '../db/schema.ts';
import type { DeviceName } from '../fleet/read-model.ts';
import type { DeviceContinuityRow } from './tables.ts';

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
  return new Map(rows.map((row) => [row.device_id, conditionOf(row)]));
}

/** The same of all devices of a project. */
export async function allRestoredOrCloned(
  db: Executor,
  projectId: string,
): Promise<(DeviceName & { readonly condition: Condition })[]> {
  const rows = await db
    .selectFrom('device_continuity')
    .innerJoin('devices', 'devices.id', 'device_continuity.device_id')
    .select(['id', 'name', 'found', 'found_at', 'found_times'])
    .where('project_id', '=', projectId)
    .where('found_at', 'is not', null)
    .execute();
  return rows.map(({ id, name, ...row }) => ({ id, name, condition: conditionOf(row) }));
}

type Found = Pick<DeviceContinuityRow, 'found' | 'found_at' | 'found_times'>;

const conditionOf = (row: Found): Condition => ({
  status: 'False',
  reason: 'RestoredOrCloned',
  message: foundText(row),
  lastTransitionTime: row.found_at!,
});

export const foundText = ({ found, found_times }: Found): string =>
  `${found ?? ''}${found_times > 1 ? ` (found ${found_times} times)` : ''}`;

/** How many lives of the device are known besides its first. */
export async function forksOf(db: Executor, deviceId: string): Promise<number> {
  const row = await db
    .selectFrom('device_continuity')
    .select('forks')
    .where('device_id', '=', deviceId)
    .executeTakeFirst();
  return row?.forks ?? 0;
}
