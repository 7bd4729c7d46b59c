import type { Inventory, Labels } from '@skerry/contracts';
import { uuidv7 } from '@skerry/kit';
import type { HubContext } from '../context.ts';
import { isUniqueViolation } from '../db/database-errors.ts';
import type { Executor } from '../db/schema.ts';
import { hubError } from '../errors.ts';
import { holdProject } from '../projects/read-model.ts';
import { nowText } from '../time.ts';
import { deviceById, insertDevice, markAllDisconnected, markSeen, namesLike, updateDevice } from './store.ts';
import type { DeviceRow } from './tables.ts';

export interface JoiningDevice {
  /** The one that it had, for a device that comes back. */
  readonly id?: string;
  readonly projectId: string;
  /** What it shall be called, or would like to be: then another name may be given if that one is taken. */
  readonly name: { readonly fixed: string } | { readonly wish: string };
  readonly siteId: string | null;
  readonly labels: Labels;
  readonly inventory: Inventory;
}

export interface Connection {
  readonly connected: boolean;
  readonly reason: 'MqttOverWs' | 'MqttOverTls' | 'HttpsPoll' | 'LinkLost' | 'NeverConnected';
  readonly message: string;
}

/** Computes what the new device should do, in the transaction in which it joins. */
export type ComputeDesire = (trx: Executor, projectId: string, deviceId: string) => Promise<void>;

export type Membership = ReturnType<typeof fleetMembership>;

/** How devices come into the fleet, and what the hub itself knows of them: sessions and when it last heard of them. */
export function fleetMembership({ db, clock, random, record }: HubContext, computeDesire: ComputeDesire) {
  return {
    /** In the caller's transaction. Rejects with `Conflict` when a fixed name is taken. */
    async addDevice(trx: Executor, device: JoiningDevice): Promise<{ deviceId: string; name: string }> {
      const { projectId } = device;
      await holdProject(trx, projectId);
      const name =
        'fixed' in device.name ? device.name.fixed : await freeName(trx, projectId, device.name.wish);
      const row = newRow({ id: uuidv7(clock, random), ...device, at: nowText(clock) }, name);
      await insertDevice(trx, row).catch((error) => {
        throw isUniqueViolation(error)
          ? hubError('Conflict', `a device “${name}” has joined already`)
          : error;
      });
      const event = { projectId, deviceId: row.id, about: `device/${name}`, by: `device/${name}` };
      if (device.id === undefined)
        await record(trx, { ...event, reason: 'Joined', message: `joined as ${name}` });
      await computeDesire(trx, projectId, row.id);
      return { deviceId: row.id, name };
    },

    /** Undefined when there is no such device any more. */
    async describeDevice(deviceId: string) {
      const row = await deviceById(db, deviceId);
      return row && { name: row.name, project: row.project, projectId: row.project_id };
    },

    /** A session began or ended. A transition is an event; a device that is gone is none. */
    connection: (deviceId: string, { connected, reason, message }: Connection): Promise<void> =>
      db.transaction().execute(async (trx) => {
        const row = await deviceById(trx, deviceId);
        if (!row) return;
        const at = nowText(clock);
        const flag = connected ? 1 : 0;
        const changed = row.connected === flag ? {} : { connected: flag as 0 | 1, connection_changed_at: at };
        await updateDevice(trx, deviceId, {
          ...changed,
          connection_reason: reason,
          connection_message: message,
          ...(connected && { last_seen_at: at }),
        });
        if (row.connected === flag) return;
        const event = { projectId: row.project_id, deviceId, about: `device/${row.name}`, by: 'hub' };
        await record(trx, {
          ...event,
          severity: connected ? 'Normal' : 'Warning',
          reason: connected ? 'Connected' : 'LinkLost',
          message,
        });
      }),

    /** Devices that were heard of just now; called seldom, with many at once. */
    seen: (deviceIds: readonly string[]): Promise<void> => markSeen(db, deviceIds, nowText(clock)),

    async inventory(deviceId: string, inventory: Inventory): Promise<void> {
      await updateDevice(db, deviceId, { inventory: JSON.stringify(inventory) });
    },

    /** At the hub's start: the sessions of the process before have ended with it. */
    async forgetSessions(): Promise<void> {
      await markAllDisconnected(db, {
        connected: 0,
        connection_reason: 'LinkLost',
        connection_message: 'the hub was restarted; the device has not come back yet',
        connection_changed_at: nowText(clock),
      });
    },
  };
}

function newRow(
  { id, at, projectId, siteId, labels, inventory }: JoiningDevice & { id: string; at: string },
  name: string,
): DeviceRow {
  return {
    id,
    project_id: projectId,
    name,
    site_id: siteId,
    labels: JSON.stringify(labels),
    inventory: JSON.stringify(inventory),
    generation: 1,
    created_at: at,
    updated_at: at,
    last_seen_at: null,
    connected: 0,
    connection_reason: 'NeverConnected',
    connection_message: 'joined, but no agent has connected since',
    connection_changed_at: at,
  };
}

const longestName = 63;

/** The wish as a name (RFC 1123 label), with a number behind it where it is taken. */
async function freeName(db: Executor, projectId: string, wish: string): Promise<string> {
  const base = labelOf(wish);
  const taken = await namesLike(db, projectId, base);
  for (let number = 1; ; number++) {
    const name = number === 1 ? base : `${base}-${number}`;
    if (!taken.has(name)) return name;
  }
}

function labelOf(wish: string): string {
  const label = wish
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '-')
    .slice(0, longestName - 6)
    .replace(/^-+|-+$/g, '');
  return label === '' ? 'device' : label;
}
