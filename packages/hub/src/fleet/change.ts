import type { DeviceObject } from '@skerry/contracts';
import { checkPreconditions, entityTag } from '../api/conditional.ts';
import type { Write } from '../api/objects.ts';
import type { HubContext } from '../context.ts';
import type { Executor } from '../db/schema.ts';
import { siteIdNamed } from '../sites/read-model.ts';
import { nowText } from '../time.ts';
import { markRemoved } from './adoption/store.ts';
import { noSuchDevice } from './read-model.ts';
import { deleteDevice, findDevice, updateDevice } from './store.ts';
import type { DeviceRow } from './tables.ts';

type Effects = Pick<HubContext, 'clock' | 'record'>;

/** Sets labels and site; where they are so already, nothing is written. */
export async function changeDevice(
  { clock, record }: Effects,
  trx: Executor,
  { metadata, spec }: DeviceObject,
  by: Write,
): Promise<DeviceRow> {
  const before = await existing(trx, metadata.name, by);
  const labels = JSON.stringify(metadata.labels ?? {});
  const site_id =
    spec.site === undefined ? null : await siteIdNamed(trx, by.projectId, spec.site, '/spec/site');
  if (before.labels === labels && before.site_id === site_id) return before;
  const changes = { labels, site_id, generation: before.generation + 1, updated_at: nowText(clock) };
  await updateDevice(trx, before.id, changes);
  const message = `labels and site were set by ${by.by}`;
  await record(trx, { ...about(before, by), reason: 'Changed', message });
  return { ...before, ...changes };
}

/** Takes the device out of the fleet; `revoke` makes its certificates good for nothing, in the same transaction. */
export async function removeDevice(
  { clock, record }: Effects,
  trx: Executor,
  name: string,
  by: Write,
  revoke: (trx: Executor, deviceId: string) => Promise<void>,
): Promise<string> {
  const row = await existing(trx, name, by);
  await revoke(trx, row.id);
  await deleteDevice(trx, row.id);
  await markRemoved(trx, row.id, nowText(clock));
  await record(trx, { ...about(row, by), reason: 'Revoked', message: `removed and revoked by ${by.by}` });
  return row.id;
}

async function existing(
  trx: Executor,
  name: string,
  { projectId, preconditions }: Write,
): Promise<DeviceRow> {
  const row = await findDevice(trx, projectId, name);
  checkPreconditions(preconditions, row && entityTag(row));
  return row ?? noSuchDevice(trx, projectId, name);
}

const about = ({ id, name }: DeviceRow, { projectId, by }: Write) => ({
  projectId,
  deviceId: id,
  by,
  about: `device/${name}`,
});
