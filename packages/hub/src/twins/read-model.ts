import type { Reported } from '@skerry/contracts';
import { prepared } from '../db/prepared.ts';
import type { Executor } from '../db/schema.ts';

/** What the hub wants of a device, ready to be signed. */
export interface Desired {
  readonly projectId: string;
  readonly version: number;
  /** Canonical JSON (RFC 8785): the bytes that `digest` names. */
  readonly body: string;
  readonly digest: string;
}

const selectDesired = prepared(['deviceId'], (db, { deviceId }: { deviceId: string }) =>
  db
    .selectFrom('twins')
    .select(['project_id', 'desired_version', 'desired_body', 'desired_digest'])
    .where('device_id', '=', deviceId),
);

/** Undefined when there is no such device. */
export async function desiredFor(db: Executor, deviceId: string): Promise<Desired | undefined> {
  const [row] = (await selectDesired(db, { deviceId })).rows;
  if (!row) return undefined;
  const { project_id: projectId, desired_version: version, desired_body: body, desired_digest: digest } = row;
  return { projectId, version, body, digest };
}

/** The version of the last report that the hub has stored, 0 for none. */
export async function reportVersionOf(db: Executor, deviceId: string): Promise<number> {
  const row = await db
    .selectFrom('twins')
    .select('reported_version')
    .where('device_id', '=', deviceId)
    .executeTakeFirst();
  return row?.reported_version ?? 0;
}

/** What is wanted of a device and what it says of itself. */
export interface TwinState {
  readonly desiredVersion: number;
  readonly reported: Partial<Reported>;
}

/** The twins of a project's devices, by device id. */
export async function twinStates(
  db: Executor,
  projectId: string,
  ids?: readonly string[],
): Promise<Map<string, TwinState>> {
  if (ids?.length === 0) return new Map();
  const query = db
    .selectFrom('twins')
    .select(['device_id', 'desired_version', 'reported'])
    .where('project_id', '=', projectId);
  const rows = await (ids ? query.where('device_id', 'in', ids) : query).execute();
  return new Map(
    rows.map(({ device_id, desired_version, reported }) => [
      device_id,
      { desiredVersion: desired_version, reported: JSON.parse(reported) },
    ]),
  );
}
