import type {
  DeploymentObject,
  DeploymentResource,
  DeploymentRevision,
  DesiredModel,
  Json,
} from '@skerry/contracts';
import { didYouMean, uuidv7 } from '@skerry/kit';
import { checkPreconditions, entityTag } from '../api/conditional.ts';
import type { Tagged, Write } from '../api/objects.ts';
import type { Consequences, HubContext } from '../context.ts';
import type { Executor } from '../db/schema.ts';
import { hubError, notFound } from '../errors.ts';
import { resolveModel } from '../models/read-model.ts';
import type { Project } from '../projects/read-model.ts';
import { nowText } from '../time.ts';
import { deviceChange } from './difference.ts';
import { describeDeployments, describeRevision } from './status.ts';
import {
  deleteDeployment,
  findDeployment,
  findRevision,
  listDeployments,
  listRevisions,
  saveDeployment,
} from './store.ts';
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

interface Revision {
  readonly name: string;
  readonly object: string;
  readonly resolved: string;
  readonly action: 'Created' | 'Changed' | 'Undone';
  readonly message: string;
}

export type DeploymentService = ReturnType<typeof deploymentService>;

/** What devices should run: said by labels, layered by priority, kept as history. */
export function deploymentService({ db, clock, random, record, changeIntent }: HubContext) {
  const save = async (
    trx: Executor,
    before: DeploymentRow | undefined,
    revision: Revision,
    by: DeploymentWrite,
  ) => {
    const { name, object, resolved, action, message } = revision;
    const at = nowText(clock);
    const row: DeploymentRow = {
      id: before?.id ?? uuidv7(clock, random),
      project_id: by.projectId,
      name,
      object,
      resolved,
      generation: (before?.generation ?? 0) + 1,
      created_at: before?.created_at ?? at,
      updated_at: at,
    };
    await saveDeployment(trx, row, { action, actor: by.by });
    await record(trx, {
      projectId: by.projectId,
      reason: action,
      message,
      by: by.by,
      about: `deployment/${name}`,
    });
    return row;
  };

  /** Where what was written means the same as before, nothing is written. */
  const write = async (trx: Executor, { object, written }: NewDeployment, by: DeploymentWrite) => {
    const { name } = object.metadata;
    const before = await findDeployment(trx, by.projectId, name);
    checkPreconditions(by.preconditions, before && entityTag(before));
    const project = { id: by.projectId, name: by.project };
    const resolved = JSON.stringify(await resolveModels(trx, project, object));
    const text = JSON.stringify(written);
    if (before?.object === text && before.resolved === resolved) return { row: before, created: false };
    const action = before ? 'Changed' : 'Created';
    const message = `${action.toLowerCase()} by ${by.by}`;
    return {
      row: await save(trx, before, { name, object: text, resolved, action, message }, by),
      created: !before,
    };
  };

  const existing = async (
    trx: Executor,
    name: string,
    { projectId, preconditions }: Write,
  ): Promise<DeploymentRow> => {
    const row = await findDeployment(trx, projectId, name);
    checkPreconditions(preconditions, row && entityTag(row));
    return row ?? noSuchDeployment(trx, projectId, name);
  };

  const describe = async (row: DeploymentRow): Promise<DeploymentResource> =>
    (await describeDeployments(db, row.project_id, [row]))[0]!;

  return {
    /** Rejects with `ModelNotFound`, or with `InvalidRequest` when a device would get a part that is not whole. */
    async put(deployment: NewDeployment, by: DeploymentWrite): Promise<Tagged<DeploymentResource>> {
      const { object, dryRun } = deployment;
      const check = refuseFaults(object);
      const outcome = await changeIntent(by.projectId, (trx) => write(trx, deployment, by), {
        dryRun,
        check,
      });
      const { row, created } = outcome.result;
      const body = await describe(row);
      if (dryRun) body.status.wouldChange = outcome.changed.map(deviceChange);
      return { tag: row, body, created: created && !dryRun };
    },

    async get(projectId: string, name: string): Promise<Tagged<DeploymentResource>> {
      const row =
        (await findDeployment(db, projectId, name)) ?? (await noSuchDeployment(db, projectId, name));
      return { tag: row, body: await describe(row) };
    },

    async list(projectId: string): Promise<DeploymentResource[]> {
      return describeDeployments(db, projectId, await listDeployments(db, projectId));
    },

    async history(projectId: string, name: string): Promise<DeploymentRevision[]> {
      const rows = await listRevisions(db, projectId, name);
      return rows.length > 0 ? rows.map(describeRevision) : noSuchDeployment(db, projectId, name);
    },

    /** Makes a new revision that says what the given one said, or the one before the newest; with the digests of then. */
    async undo(
      name: string,
      toGeneration: number | undefined,
      by: DeploymentWrite,
    ): Promise<Tagged<DeploymentResource>> {
      const { result } = await changeIntent(by.projectId, async (trx) => {
        const before = await existing(trx, name, by);
        const former = await findRevision(trx, before, toGeneration);
        if (!former) throw hubError('Conflict', `the deployment “${name}” has no ${wanted(toGeneration)}`);
        const { object, resolved, generation } = former;
        const message = `set back to generation ${generation} by ${by.by}`;
        return save(trx, before, { name, object, resolved, action: 'Undone', message }, by);
      });
      return { tag: result, body: await describe(result) };
    },

    async remove(name: string, by: DeploymentWrite): Promise<void> {
      await changeIntent(by.projectId, async (trx) => {
        const row = await existing(trx, name, by);
        await deleteDeployment(trx, row, { actor: by.by, at: nowText(clock) });
        const message = `deleted by ${by.by}`;
        await record(trx, {
          projectId: by.projectId,
          reason: 'Deleted',
          message,
          by: by.by,
          about: `deployment/${name}`,
        });
      });
    },
  };
}

async function resolveModels(db: Executor, project: Project, { spec }: DeploymentObject) {
  const resolved: Record<string, DesiredModel> = {};
  for (const [name, { ref }] of Object.entries(spec.models))
    resolved[name] = await resolveModel(db, project, ref, `/spec/models/${name}/ref`);
  return resolved;
}

/** Refuses parts of this deployment that are not whole on some device; what others leave undone is not its fault. */
function refuseFaults({ metadata, spec }: DeploymentObject) {
  return ({ faults }: Consequences): void => {
    const own = Object.keys(spec.pipelines).map((name) => `/pipelines/${name}/`);
    const [first] = faults.filter(({ pointer }) => own.some((prefix) => `${pointer}/`.startsWith(prefix)));
    if (!first) return;
    const detail = `with it the device “${first.device}” would get a part that is not whole: ${first.pointer}: ${first.detail}`;
    throw hubError('InvalidRequest', detail, {
      pointer: `/spec${first.pointer}`,
      next: `Complete the part in “${metadata.name}” or in another deployment that selects the device, or narrow the selector.`,
    });
  };
}

async function noSuchDeployment(db: Executor, projectId: string, name: string): Promise<never> {
  const hint = didYouMean(
    name,
    (await listDeployments(db, projectId)).map((row) => row.name),
  );
  throw notFound('deployment', name, hint ? { next: `Check the name${hint}.` } : {});
}

const wanted = (toGeneration: number | undefined) =>
  toGeneration === undefined ? 'revision before this one' : `generation ${toGeneration}`;
