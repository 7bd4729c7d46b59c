import type { DeviceResource } from '@skerry/contracts';
import type { HubContext } from '../context.ts';
import { restoredOrCloned } from '../continuity/read-model.ts';
import { desiresOf } from '../deployments/read-model.ts';
import { uncertified } from '../identity/standing/read-model.ts';
import { installation } from '../installation/read-model.ts';
import { sitesOf } from '../sites/read-model.ts';
import { twinStates } from '../twins/read-model.ts';
import { describeDevice } from './status.ts';
import type { DeviceRow } from './tables.ts';

/** Devices of one project as people see them, in the order of the rows. */
export async function describeDevices(
  { db, clock }: Pick<HubContext, 'db' | 'clock'>,
  projectId: string,
  rows: readonly DeviceRow[],
): Promise<DeviceResource[]> {
  const ids = rows.map(({ id }) => id);
  const { epoch } = await installation(db);
  const sites = await sitesOf(db, projectId);
  const twins = await twinStates(db, projectId, ids);
  const found = await restoredOrCloned(db, ids);
  const outside = await uncertified(db, ids);
  const desires = new Map((await desiresOf(db, projectId, ids)).map((it) => [it.deviceId, it.desire]));
  return rows.map((row) =>
    describeDevice(row, {
      site: row.site_id === null ? undefined : sites.get(row.site_id)?.name,
      twin: twins.get(row.id),
      unique: found.get(row.id),
      certified: outside.get(row.id),
      deployments: desires.get(row.id)?.deployments ?? [],
      epoch,
      now: clock.now(),
    }),
  );
}
