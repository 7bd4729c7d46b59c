import type { DeploymentResource, DeploymentRevision } from '@skerry/contracts';
import { didYouMean } from '@skerry/kit';
import { checkPreconditions, entityTag } from '../api/conditional.ts';
import type { Tagged, Write } from '../api/objects.ts';
import type { HubContext } from '../context.ts';
import type { Executor } from '../db/schema.ts';
import { hubError, notFound } from '../errors.ts';
import { nowText } from '../time.ts';
import { deviceChange } from './difference.ts';
import {
  applyDeployment,
  type DeploymentWrite,
  type NewDeployment,
  refuseFaults,
  saveRevision,
} from './revise.ts';
import { describeDeployments, describeRevision } from './status.ts';
import { deleteDeployment, findDeployment, findRevision, listDeployments, listRevisions } from './store.ts';
import type { DeploymentRow } from './tables.ts';

export type DeploymentService = ReturnType<typeof deploymentService>;

/** What devices should run: said by labels, layered by priority, kept as history. */
export function deploymentService(context: HubContext) {
  const { db, clock, record, changeIntent } = context;

  const tagged = async (row: DeploymentRow): Promise<Tagged<DeploymentResource>> => {
    const [body] = await describeDeployments(db, row.project_id, [row]);
    return { tag: row, body: body! };
  };

  return {
    /** Rejects with `ModelNotFound`, or with `InvalidRequest` when a device would get a part that is not whole. */
    async put(deployment: NewDeployment, by: DeploymentWrite): Promise<Tagged<DeploymentResource>> {
      const { object, dryRun } = deployment;
      const apply = (trx: Executor) => applyDeployment(context, trx, deployment, by);
      const { result, changed } = await changeIntent(by.projectId, apply, {
        dryRun,
        check: refuseFaults(object),
      });
      const saved = await tagged(result.row);
      if (dryRun) saved.body.status.wouldChange = changed.map(deviceChange);
      return { ...saved, created: result.created && !dryRun };
    },

    async get(projectId: string, name: string): Promise<Tagged<DeploymentResource>> {
      return tagged(
        (await findDeployment(db, projectId, name)) ?? (await noSuchDeployment(db, projectId, name)),
      );
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
        if (!former) throw noSuchRevision(name, toGeneration);
        const { object, resolved, generation } = former;
        const message = `set back to generation ${generation} by ${by.by}`;
        return saveRevision(context, trx, before, { name, object, resolved, action: 'Undone', message }, by);
      });
      return tagged(result);
    },

    async remove(name: string, write: DeploymentWrite): Promise<void> {
      const { projectId, by } = write;
      await changeIntent(projectId, async (trx) => {
        const row = await existing(trx, name, write);
        await deleteDeployment(trx, row, { actor: by, at: nowText(clock) });
        const message = `deleted by ${by}`;
        await record(trx, { projectId, reason: 'Deleted', message, by, about: `deployment/${name}` });
      });
    },
  };
}

async function existing(
  trx: Executor,
  name: string,
  { projectId, preconditions }: Write,
): Promise<DeploymentRow> {
  const row = await findDeployment(trx, projectId, name);
  checkPreconditions(preconditions, row && entityTag(row));
  return row ?? noSuchDeployment(trx, projectId, name);
}

async function noSuchDeployment(db: Executor, projectId: string, name: string): Promise<never> {
  const hint = didYouMean(
    name,
    (await listDeployments(db, projectId)).map((row) => row.name),
  );
  throw notFound('deployment', name, hint ? { next: `Check the name${hint}.` } : {});
}

function noSuchRevision(name: string, toGeneration: number | undefined) {
  const wanted = toGeneration === undefined ? 'revision before this one' : `generation ${toGeneration}`;
  return hubError('Conflict', `the deployment “${name}” has no ${wanted}`);
}
