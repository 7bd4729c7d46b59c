import type { DeploymentObject, DesiredModel, Json } from '@skerry/contracts';
import { uuidv7 } from '@skerry/kit';
import { checkPreconditions, entityTag } from '../api/conditional.ts';
import type { Write } from '../api/objects.ts';
import type { Consequences, HubContext } from '../context.ts';
import type { Executor } from '../db/schema.ts';
import { hubError } from '../errors.ts';
import { resolveModel } from '../models/read-model.ts';
import type { Project } from '../projects/read-model.ts';
import { nowText } from '../time.ts';
import { findDeployment, saveDeployment } from './store.ts';
import type { DeploymentRow } from './tables.ts';

export interface DeploymentWrite extends Write {
  readonly project: string;
}

export interface NewDeployment {
  readonly object: DeploymentObject;
  /** The same as it was sent, before defaults: what is stored and layered. */
  readonly written: Json;
  readonly dryRun: boolean;
}

export interface Revision {
  readonly name: string;
  readonly object: string;
  readonly resolved: string;
  readonly action: 'Created' | 'Changed' | 'Undone';
  readonly message: string;
}

/** Writes what was applied as the newest revision; where it means the same as before, nothing is written. */
export async function applyDeployment(
  context: HubContext,
  trx: Executor,
  { object, written }: NewDeployment,
  by: DeploymentWrite,
): Promise<{ row: DeploymentRow; created: boolean }> {
  const { name } = object.metadata;
  const before = await findDeployment(trx, by.projectId, name);
  checkPreconditions(by.preconditions, before && entityTag(before));
  const resolved = JSON.stringify(await resolveModels(trx, { id: by.projectId, name: by.project }, object));
  const text = JSON.stringify(written);
  if (before?.object === text && before.resolved === resolved) return { row: before, created: false };
  const action = before ? 'Changed' : 'Created';
  const revision: Revision = {
    name,
    object: text,
    resolved,
    action,
    message: `${action.toLowerCase()} by ${by.by}`,
  };
  return { row: await saveRevision(context, trx, before, revision, by), created: !before };
}

/** Writes the newest revision of a deployment, new or not, and puts it on record. */
export async function saveRevision(
  { clock, random, record }: HubContext,
  trx: Executor,
  before: DeploymentRow | undefined,
  { name, object, resolved, action, message }: Revision,
  { projectId, by }: DeploymentWrite,
): Promise<DeploymentRow> {
  const at = nowText(clock);
  const row: DeploymentRow = {
    id: before?.id ?? uuidv7(clock, random),
    project_id: projectId,
    name,
    object,
    resolved,
    generation: (before?.generation ?? 0) + 1,
    created_at: before?.created_at ?? at,
    updated_at: at,
  };
  await saveDeployment(trx, row, { action, actor: by });
  await record(trx, { projectId, reason: action, message, by, about: `deployment/${name}` });
  return row;
}

async function resolveModels(db: Executor, project: Project, { spec }: DeploymentObject) {
  const resolved: Record<string, DesiredModel> = {};
  for (const [name, { ref }] of Object.entries(spec.models))
    resolved[name] = await resolveModel(db, project, ref, `/spec/models/${name}/ref`);
  return resolved;
}

/** Refuses parts of this deployment that are not whole on some device; what others leave undone is not its fault. */
export function refuseFaults({ metadata, spec }: DeploymentObject): (consequences: Consequences) => void {
  const own = Object.keys(spec.pipelines).map((name) => `/pipelines/${name}/`);
  return ({ faults }) => {
    const first = faults.find(({ pointer }) => own.some((prefix) => `${pointer}/`.startsWith(prefix)));
    if (!first) return;
    const what = `a part that is not whole: ${first.pointer}: ${first.detail}`;
    throw hubError('InvalidRequest', `with it the device “${first.device}” would get ${what}`, {
      pointer: `/spec${first.pointer}`,
      next: `Complete the part in “${metadata.name}” or in another deployment that selects the device, or narrow the selector.`,
    });
  };
}
