import type { DeviceObject, DeviceResource } from '@skerry/contracts';
import { checkPreconditions, entityTag } from '../api/conditional.ts';
import { pageOf, type Tagged, type Write } from '../api/objects.ts';
import type { HubContext } from '../context.ts';
import type { Executor } from '../db/schema.ts';
import { desiresOf } from '../deployments/read-model.ts';
import { notFound } from '../errors.ts';
import { installation } from '../installation/read-model.ts';
import { siteIdNamed, sitesOf } from '../sites/read-model.ts';
import { nowText } from '../time.ts';
import { twinStates } from '../twins/read-model.ts';
import { noSuchDevice } from './read-model.ts';
import { describeDevice } from './status.ts';
import { type DevicePage, deleteDevice, findDevice, listDevices, updateDevice } from './store.ts';
import type { DeviceRow } from './tables.ts';

/** What a device's removal needs of its identity, whose feature is another. */
export interface DeviceIdentities {
  /** Its certificates are good for nothing from the commit on. */
  revoke(trx: Executor, deviceId: string): Promise<void>;
  /** Cuts its session, after the commit. */
  disconnect(deviceId: string): void;
}

export type FleetService = ReturnType<typeof fleetService>;

/** Devices as people see and change them. */
export function fleetService({ db, clock, record, changeIntent }: HubContext, identities: DeviceIdentities) {
  const describe = async (
    projectId: string,
    rows: readonly DeviceRow[],
  ): Promise<Map<string, DeviceResource>> => {
    const ids = rows.map(({ id }) => id);
    const { epoch } = await installation(db);
    const sites = await sitesOf(db, projectId);
    const twins = await twinStates(db, projectId, ids);
    const desires = new Map((await desiresOf(db, projectId, ids)).map((it) => [it.deviceId, it.desire]));
    const resourceOf = (row: DeviceRow) =>
      describeDevice(row, {
        site: row.site_id === null ? undefined : sites.get(row.site_id)?.name,
        twin: twins.get(row.id),
        deployments: desires.get(row.id)?.deployments ?? [],
        epoch,
        now: clock.now(),
      });
    return new Map(rows.map((row) => [row.id, resourceOf(row)]));
  };

  const existing = async (
    trx: Executor,
    name: string,
    { projectId, preconditions }: Write,
  ): Promise<DeviceRow> => {
    const row = await findDevice(trx, projectId, name);
    checkPreconditions(preconditions, row && entityTag(row));
    return row ?? noSuchDevice(trx, projectId, name);
  };

  const write = async (trx: Executor, { metadata, spec }: DeviceObject, by: Write): Promise<DeviceRow> => {
    const before = await existing(trx, metadata.name, by);
    const changes = {
      labels: JSON.stringify(metadata.labels ?? {}),
      site_id: spec.site === undefined ? null : await siteIdNamed(trx, by.projectId, spec.site, '/spec/site'),
    };
    if (before.labels === changes.labels && before.site_id === changes.site_id) return before;
    const after = { ...before, ...changes, generation: before.generation + 1, updated_at: nowText(clock) };
    await updateDevice(trx, before.id, after);
    const message = `labels and site were set by ${by.by}`;
    const about = `device/${before.name}`;
    await record(trx, {
      projectId: by.projectId,
      deviceId: before.id,
      reason: 'Changed',
      message,
      by: by.by,
      about,
    });
    return after;
  };

  return {
    async list(projectId: string, page: DevicePage) {
      const rows = await listDevices(db, projectId, { ...page, limit: page.limit + 1 });
      const resources = await describe(projectId, rows);
      return pageOf(rows, page.limit, (row) => resources.get(row.id)!);
    },

    async get(projectId: string, name: string): Promise<Tagged<DeviceResource>> {
      const row = (await findDevice(db, projectId, name)) ?? (await noSuchDevice(db, projectId, name));
      return { tag: row, body: (await describe(projectId, [row])).get(row.id)! };
    },

    /** Sets labels and site of a device that has joined; devices are made by joining alone. */
    async put(object: DeviceObject, by: Write, dryRun: boolean): Promise<Tagged<DeviceResource>> {
      const work = (trx: Executor) => write(trx, object, by);
      const { result } = await changeIntent(by.projectId, work, { devices: ({ id }) => [id], dryRun });
      return { tag: result, body: (await describe(by.projectId, [result])).get(result.id)! };
    },

    /** Removes a device: its certificates are revoked and its session ends. Its messages and events stay. */
    async remove(name: string, by: Write): Promise<void> {
      const { projectId } = by;
      const deviceId = await db.transaction().execute(async (trx) => {
        const { id } = await existing(trx, name, by);
        await identities.revoke(trx, id);
        await deleteDevice(trx, id);
        const message = `removed and revoked by ${by.by}`;
        await record(trx, {
          projectId,
          deviceId: id,
          reason: 'Revoked',
          message,
          by: by.by,
          about: `device/${name}`,
        });
        return id;
      });
      identities.disconnect(deviceId);
    },

    /** What the device should do, and which deployment put each field there. */
    async desired(projectId: string, name: string) {
      const row = (await findDevice(db, projectId, name)) ?? (await noSuchDevice(db, projectId, name));
      const [found] = await desiresOf(db, projectId, [row.id]);
      if (!found) throw notFound('device', name);
      const version = (await twinStates(db, projectId, [row.id])).get(row.id)?.desiredVersion;
      const { epoch } = await installation(db);
      const { body, provenance } = found.desire;
      return { ...(version && { version: { epoch, version } }), body, provenance };
    },
  };
}
