import type { DeviceObject, DeviceResource } from '@skerry/contracts';
import { pageOf, type Tagged, type Write } from '../api/objects.ts';
import type { HubContext } from '../context.ts';
import type { Executor } from '../db/schema.ts';
import { desiresOf } from '../deployments/read-model.ts';
import { installation } from '../installation/read-model.ts';
import { twinStates } from '../twins/read-model.ts';
import { changeDevice, removeDevice } from './change.ts';
import { describeDevices } from './describe.ts';
import { deviceNamed, noSuchDevice } from './read-model.ts';
import { type DevicePage, findDevice, listDevices } from './store.ts';
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
export function fleetService(context: HubContext, identities: DeviceIdentities) {
  const { db, changeIntent } = context;

  const tagged = async (row: DeviceRow): Promise<Tagged<DeviceResource>> => {
    const [body] = await describeDevices(context, row.project_id, [row]);
    return { tag: row, body: body! };
  };

  return {
    async list(projectId: string, page: DevicePage) {
      const rows = await listDevices(db, projectId, { ...page, limit: page.limit + 1 });
      const { items, next } = pageOf(rows, page.limit);
      return { items: await describeDevices(context, projectId, items), ...(next !== undefined && { next }) };
    },

    async get(projectId: string, name: string): Promise<Tagged<DeviceResource>> {
      return tagged((await findDevice(db, projectId, name)) ?? (await noSuchDevice(db, projectId, name)));
    },

    /** Sets labels and site of a device that has joined; devices are made by joining alone. */
    async put(object: DeviceObject, by: Write, dryRun: boolean): Promise<Tagged<DeviceResource>> {
      const change = (trx: Executor) => changeDevice(context, trx, object, by);
      const { result } = await changeIntent(by.projectId, change, { devices: ({ id }) => [id], dryRun });
      return tagged(result);
    },

    /** Removes a device: its certificates are revoked and its session ends. Its messages and events stay. */
    async remove(name: string, by: Write): Promise<void> {
      const remove = (trx: Executor) => removeDevice(context, trx, name, by, identities.revoke);
      const { result: deviceId } = await changeIntent(by.projectId, remove, { devices: () => [] });
      identities.disconnect(deviceId);
    },

    /** What the device should do, and which deployment put each field there. */
    async desired(projectId: string, name: string) {
      const { id } = await deviceNamed(db, projectId, name);
      const { epoch } = await installation(db);
      const twin = (await twinStates(db, projectId, [id])).get(id);
      const [found] = await desiresOf(db, projectId, [id]);
      if (!twin || !found) return noSuchDevice(db, projectId, name);
      const { body, provenance } = found.desire;
      return { version: { epoch, version: twin.desiredVersion }, body, provenance };
    },
  };
}
