import type { Condition, WaitingDevice } from '@skerry/contracts';
import { allRestoredOrCloned } from '../../continuity/read-model.ts';
import type { Executor } from '../../db/schema.ts';
import { allUncertified } from '../../identity/standing/read-model.ts';
import { whyOf } from '../adoption/read-model.ts';
import { listWaiting } from '../adoption/store.ts';
import type { WaitingDeviceRow } from '../adoption/tables.ts';
import { type DeviceName, deviceTargets } from '../read-model.ts';

/** All that wait for the word of a person, whoever kept them out; the longest first. */
export async function waitingDevices(db: Executor, projectId: string): Promise<WaitingDevice[]> {
  const rows = await listWaiting(db, projectId);
  const ids = rows.map(({ device_id }) => device_id);
  const members = new Map((await deviceTargets(db, projectId, ids)).map((it) => [it.id, it]));
  const known = [...(await allUncertified(db, projectId)), ...(await allRestoredOrCloned(db, projectId))];
  return [...rows.map((row) => stranger(row, members.get(row.device_id))), ...known.map(member)].sort(
    (a, b) => Date.parse(a.since) - Date.parse(b.since),
  );
}

const member = ({ id, name, condition }: DeviceName & { readonly condition: Condition }): WaitingDevice => ({
  id,
  name,
  reason: condition.reason,
  message: condition.message,
  since: condition.lastTransitionTime,
  admitAs: name,
});

const stranger = (row: WaitingDeviceRow, known: DeviceName | undefined): WaitingDevice => ({
  id: row.device_id,
  name: known?.name ?? row.name,
  reason: 'AwaitsAdmission',
  message: whyOf(row),
  since: row.first_seen_at,
  admitAs: row.device_id,
  shown: {
    isMember: known !== undefined,
    inventory: JSON.parse(row.inventory),
    serial: row.serial,
    fingerprint: row.fingerprint,
    lastSeen: row.last_seen_at,
    address: row.address,
  },
});
