import type { Condition } from '@skerry/contracts';
import type { Executor } from '../../db/schema.ts';
import type { DeviceStandingRow } from './tables.ts';

/** Whether a person has revoked the device, whatever certificate it shows. */
export async function isDeviceRevoked(db: Executor, deviceId: string): Promise<boolean> {
  const row = await db
    .selectFrom('device_standing')
    .select('revoked_at')
    .where('device_id', '=', deviceId)
    .executeTakeFirst();
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
  return new Map(rows.map((row) => [row.device_id, conditionOf(row)]));
}

function conditionOf({ revoked_at, asked_at, answer }: DeviceStandingRow): Condition {
  const message = 'its certificates are good for nothing until it is readmitted';
  if (revoked_at !== null)
    return { status: 'False', reason: 'Revoked', message, lastTransitionTime: revoked_at };
  return {
    status: 'False',
    reason: 'CertificateEnded',
    message: answer ?? '',
    lastTransitionTime: asked_at!,
  };
}
