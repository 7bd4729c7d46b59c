import type { DeploymentObject, DeploymentResource, DeploymentRevision, Labels } from '@skerry/contracts';
import { selects } from '@skerry/contracts';
import type { Executor } from '../db/schema.ts';
import { deviceTargets } from '../fleet/read-model.ts';
import { installation } from '../installation/read-model.ts';
import { sitesOf } from '../sites/read-model.ts';
import { type TwinState, twinStates } from '../twins/read-model.ts';
import type { DeploymentRevisionRow, DeploymentRow } from './tables.ts';

interface FleetMember {
  readonly labels: Labels;
  readonly twin: TwinState | undefined;
}

/** The resources of deployments, with how far the devices that they select have come. */
export async function describeDeployments(
  db: Executor,
  projectId: string,
  rows: readonly DeploymentRow[],
): Promise<DeploymentResource[]> {
  const { epoch } = await installation(db);
  const members = await fleetOf(db, projectId);
  return rows.map((row) => {
    const object = JSON.parse(row.object) as DeploymentObject;
    const selected = members.filter(({ labels }) => selects(object.spec.selector, labels));
    const devices = {
      selected: selected.length,
      upToDate: selected.filter(({ twin }) => isApplied(twin, epoch)).length,
      ready: selected.filter(({ twin }) => twin?.reported.conditions?.Ready?.status === 'True').length,
    };
    const { id, created_at: createdAt, updated_at: updatedAt, generation } = row;
    const metadata = { ...object.metadata, id, createdAt, updatedAt, generation };
    return { ...object, metadata, status: { models: JSON.parse(row.resolved), devices } };
  });
}

export function describeRevision(row: DeploymentRevisionRow): DeploymentRevision {
  const { generation, at, actor: by, action } = row;
  return { generation, at, by, action, object: JSON.parse(row.object), models: JSON.parse(row.resolved) };
}

async function fleetOf(db: Executor, projectId: string): Promise<FleetMember[]> {
  const sites = await sitesOf(db, projectId);
  const twins = await twinStates(db, projectId);
  return (await deviceTargets(db, projectId)).map(({ id, site_id, labels }) => ({
    labels: { ...(site_id === null ? {} : sites.get(site_id)?.labels), ...JSON.parse(labels) },
    twin: twins.get(id),
  }));
}

function isApplied(twin: TwinState | undefined, epoch: number): boolean {
  const applied = twin?.reported.applied;
  return applied?.epoch === epoch && applied.version === twin?.desiredVersion;
}
