import {
  apiVersion,
  type Condition,
  type DesiredVersion,
  type DeviceResource,
  type DeviceStatus,
} from '@skerry/contracts';
import type { TwinState } from '../twins/read-model.ts';
import type { DeviceRow } from './tables.ts';

/** After so long without a session, what a device last said of itself is no longer known to be so. */
const trustedOfflineMs = 5 * 60_000;

export interface DeviceFacts {
  readonly site: string | undefined;
  readonly twin: TwinState | undefined;
  /** The condition `Unique`, where it is not true. */
  readonly unique: Condition | undefined;
  /** The condition `Certified`, where it is not true. */
  readonly certified: Condition | undefined;
  readonly deployments: readonly string[];
  readonly epoch: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** A device as people see it. Pure. */
export function describeDevice(row: DeviceRow, facts: DeviceFacts): DeviceResource {
  const { id, name, created_at: createdAt, updated_at: updatedAt, generation } = row;
  return {
    apiVersion,
    kind: 'Device',
    metadata: { name, labels: JSON.parse(row.labels), id, createdAt, updatedAt, generation },
    spec: facts.site === undefined ? {} : { site: facts.site },
    status: { ...statusOf(row, facts), inventory: JSON.parse(row.inventory) },
  };
}

function statusOf(row: DeviceRow, facts: DeviceFacts): DeviceStatus {
  const { twin, epoch, deployments } = facts;
  const desired = twin && { epoch, version: twin.desiredVersion };
  return {
    connected: row.connected === 1,
    ...(row.last_seen_at !== null && { lastSeen: row.last_seen_at }),
    conditions: conditionsOf(row, facts, desired),
    ...(desired && { desired }),
    deployments: [...deployments],
    reported: twin?.reported ?? {},
  };
}

function conditionsOf(
  row: DeviceRow,
  { twin, unique, certified, now }: DeviceFacts,
  desired: DesiredVersion | undefined,
): Record<string, Condition> {
  const connected = connection(row);
  const reported = { ...twin?.reported.conditions };
  const upToDate = upToDateCondition(reported.UpToDate, twin, desired, connected);
  const own: Record<string, Condition> = { ...reported, ...(upToDate && { UpToDate: upToDate }) } as never;
  const isStale = row.connected === 0 && now - Date.parse(row.connection_changed_at) > trustedOfflineMs;
  const shown = Object.entries(own).map(([type, it]) => [type, isStale ? unknown(it, connected) : it]);
  return {
    Connected: connected,
    ...Object.fromEntries(shown),
    ...(unique && { Unique: unique }),
    ...(certified && { Certified: certified }),
  };
}

const connection = (row: DeviceRow): Condition => ({
  status: row.connected === 1 ? 'True' : 'False',
  reason: row.connection_reason,
  message: row.connection_message,
  lastTransitionTime: row.connection_changed_at,
});

/** A device that is not yet told of a change believes itself up to date; the hub knows better. */
function upToDateCondition(
  said: Condition | undefined,
  twin: TwinState | undefined,
  desired: DesiredVersion | undefined,
  connected: Condition,
): Condition | undefined {
  const { applied, targeted } = twin?.reported ?? {};
  if (!desired || isSame(applied, desired)) return said;
  if (said?.status === 'False' && isSame(targeted, desired)) return said;
  const message = `${applied ? `v${applied.version}` : 'nothing'} applied, v${desired.version} wanted`;
  const reason = connected.status === 'True' ? 'Applying' : connected.reason;
  return {
    status: 'False',
    reason,
    message,
    lastTransitionTime: said?.lastTransitionTime ?? connected.lastTransitionTime,
  };
}

const isSame = (a: DesiredVersion | undefined, b: DesiredVersion) =>
  a?.epoch === b.epoch && a.version === b.version;

const unknown = (last: Condition, connected: Condition): Condition => ({
  status: 'Unknown',
  reason: connected.reason,
  message:
    `offline; when last heard of: ${last.status}, ${last.reason}${last.message && `: ${last.message}`}`.slice(
      0,
      1024,
    ),
  lastTransitionTime: connected.lastTransitionTime,
});
