import { nothingYet, type ProjectClient } from '@skerry/sdk';
import type { FleetPlan, PlannedObject } from './plan.ts';

/** Carries out a plan, each object only if it is still as it was when the plan was made (`PreconditionFailed`). */
export async function applyPlan(
  project: ProjectClient,
  plan: FleetPlan,
  onApplied: (object: PlannedObject) => void,
): Promise<void> {
  for (const object of plan.objects) {
    if (object.action !== 'keep') await put(project, object);
    onApplied(object);
  }
}

async function put(
  { sites, devices, deployments }: ProjectClient,
  { entry, etag }: PlannedObject,
): Promise<void> {
  const { written } = entry;
  const options = { ifMatch: etag ?? nothingYet };
  if (written.kind === 'Site') await sites.put(written, options);
  else if (written.kind === 'Device') await devices.put(written, options);
  else await deployments.put(written, options);
}
