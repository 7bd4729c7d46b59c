import type { Condition } from '@skerry/contracts';
import { prepared } from '../../db/prepared.ts';
import type { Executor } from '../../db/schema.ts';
import type { DeviceName } from '../../fleet/read-model.ts';
import type { DeviceStandingRow } from './tables.ts';

const selectRevoked = prepared(['deviceId'], (db, { deviceId }: { deviceId: string }) =>
  db.selectFrom('device_standing').select('revoked_at').where('device_id', '=', deviceId),
);

/** Whether a person has revoked the device, whatever certificate it shows. */
export async function isDeviceRevoked(db: Executor, deviceId: string): Promise<boolean> {
  const [row] = (await selectRevoked(db, { deviceId })).rows;
  return row !== undefined && row.revoked_at !== null;
}

/** The condition `Certified` of those devices that are revoked, or wait outside with a certificate that has ended. */
export async function uncertified(
  db: Executor,
  deviceIds: readonly string[],
): Promise<Map<string, Condition>> {
  if (deviceIds.length === 0) return new Map();
  const rows = await db
    .selectFrom('device_standing')
    .selectAll()
    .where('device_id', 'in', deviceIds)
    .where((where) => where.or([where('revoked_at', 'is not', null), where('asked_at', 'is not', null)]))
    .execute();
  return new Map(rows.flatMap((row) => pairOf(row.device_id, outsideOf(row))));
}

const pairOf = (id: string, condition: Condition | undefined) =>
  condition ? [[id, condition] as const] : [];

/** The same of all devices of a project. */
export async function allUncertified(
  db: Executor,
  projectId: string,
): Promise<(DeviceName & { readonly condition: Condition })[]> {
  const rows = await db
    .selectFrom('device_standing')
    .innerJoin('devices', 'devices.id', 'device_standing.device_id')
    .select(['id', 'name', 'revoked_at', 'asked_at', 'answer'])
    .where('project_id', '=', projectId)
    .where((where) => where.or([where('revoked_at', 'is not', null), where('asked_at', 'is not', null)]))
    .execute();
  return rows.map(({ id, name, ...row }) => ({ id, name, condition: outsideOf(row)! }));
}

type Outside = Pick<DeviceStandingRow, 'revoked_at' | 'asked_at' | 'answer'>;

/** Undefined of one that is not kept outside. */
export function outsideOf({ revoked_at, asked_at, answer }: Outside): Condition | undefined {
  const isFalse = (reason: string, message: string, at: string): Condition => ({
    status: 'False',
    reason,
    message,
    lastTransitionTime: at,
  });
  if (revoked_at !== null) return isFalse('Revoked', 'its certificates are good for nothing', revoked_at);
  return asked_at === null ? undefined : isFalse('CertificateEnded', answer ?? '', asked_at);
}
