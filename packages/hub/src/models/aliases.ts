import { checkPreconditions, entityTag } from '../api/conditional.ts';
import type { Tagged, Write } from '../api/objects.ts';
import type { HubContext } from '../context.ts';
import type { Executor } from '../db/schema.ts';
import { hubError, notFound } from '../errors.ts';
import { holdProject } from '../projects/read-model.ts';
import { nowText } from '../time.ts';
import { deleteAlias, findModel, listAliases, listVersions, saveAlias } from './store.ts';
import type { ModelAliasRow } from './tables.ts';

interface AliasName {
  readonly name: string;
  readonly alias: string;
}

export type ModelAliases = ReturnType<typeof modelAliases>;

/** Names for versions, such as `champion`. Moving one changes nothing on a device until a deployment is applied again. */
export function modelAliases({ db, clock, record }: HubContext) {
  return {
    async get(projectId: string, which: AliasName): Promise<Tagged<{ version: number }>> {
      const { row } = await findAlias(db, projectId, which);
      if (!row) throw noAlias(which);
      return { tag: tagOf(row), body: { version: row.version } };
    },

    put: (which: AliasName, version: number, write: Write): Promise<Tagged<{ version: number }>> =>
      db.transaction().execute(async (trx) => {
        const { projectId, by } = write;
        const { modelId, row } = await holdAlias(trx, which, write);
        await requireVersion(trx, projectId, modelId, which, version);
        const generation = (row?.generation ?? 0) + 1;
        const key = { model_id: modelId, alias: which.alias, project_id: projectId };
        const after = { ...key, version, generation, updated_at: nowText(clock) };
        await saveAlias(trx, after);
        const message = `${which.name}:${which.alias} is version ${version}${row ? `, was ${row.version}` : ''}`;
        const reason = row ? 'Changed' : 'Created';
        await record(trx, { projectId, reason, message, by, about: `model/${which.name}` });
        return { tag: tagOf(after), body: { version }, created: !row };
      }),

    remove: (which: AliasName, write: Write): Promise<void> =>
      db.transaction().execute(async (trx) => {
        const { modelId, row } = await holdAlias(trx, which, write);
        if (!row) throw noAlias(which);
        await deleteAlias(trx, modelId, which.alias);
        const message = `the alias ${which.name}:${which.alias} was removed`;
        const { projectId, by } = write;
        await record(trx, { projectId, reason: 'Deleted', message, by, about: `model/${which.name}` });
      }),
  };
}

async function findAlias(db: Executor, projectId: string, { name, alias }: AliasName) {
  const model = await findModel(db, projectId, name);
  if (!model) throw notFound('model', name);
  const aliases = await listAliases(db, projectId, model.id);
  return { modelId: model.id, row: aliases.find((it) => it.alias === alias) };
}

/** The alias for a write: nobody else changes it before the transaction ends. */
async function holdAlias(trx: Executor, which: AliasName, { projectId, preconditions }: Write) {
  if (/^\d+$/.test(which.alias))
    throw hubError('InvalidRequest', 'an alias is not a number: numbers are versions');
  await holdProject(trx, projectId);
  const found = await findAlias(trx, projectId, which);
  checkPreconditions(preconditions, found.row && entityTag(tagOf(found.row)));
  return found;
}

async function requireVersion(
  db: Executor,
  projectId: string,
  modelId: string,
  { name }: AliasName,
  version: number,
): Promise<void> {
  const versions = await listVersions(db, projectId, modelId);
  if (!versions.some((it) => it.version === version))
    throw hubError('ModelNotFound', `there is no ${name}:${version}`, { pointer: '/version' });
}

const tagOf = ({ model_id, alias, generation }: ModelAliasRow) => ({
  id: `${model_id}.${alias}`,
  generation,
});
const noAlias = ({ name, alias }: AliasName) => notFound('alias', `${name}:${alias}`);
