import { type Digest, type ModelResource, modelRepository } from '@skerry/contracts';
import { uuidv7 } from '@skerry/kit';
import { checkPreconditions, entityTag } from '../api/conditional.ts';
import type { Tagged, Write } from '../api/objects.ts';
import type { HubContext } from '../context.ts';
import type { Executor } from '../db/schema.ts';
import { hubError, notFound } from '../errors.ts';
import { holdProject } from '../projects/read-model.ts';
import { nowText } from '../time.ts';
import {
  deleteAlias,
  findModel,
  insertModel,
  insertVersion,
  listAliases,
  listModels,
  listVersions,
  saveAlias,
} from './store.ts';
import type { ModelAliasRow, ModelRow, ModelVersionRow } from './tables.ts';

/** What was pushed under a digest, as the registry tells it. */
export interface PushedModel {
  /** Bytes of all layers. */
  readonly size: number;
  readonly license?: string | undefined;
}

/** The registry, whose feature is another. Undefined when the repository has no manifest of that digest. */
export type FindPushedModel = (repository: string, digest: Digest) => Promise<PushedModel | undefined>;

interface Registration {
  readonly projectId: string;
  readonly project: string;
  readonly name: string;
  readonly digest: Digest;
  readonly by: string;
}

export type ModelService = ReturnType<typeof modelService>;

/** Models by name: which digests are their versions, and which of those have a name of their own. */
export function modelService({ db, clock, random, record }: HubContext, findPushed: FindPushedModel) {
  const insert = async (
    trx: Executor,
    pushed: PushedModel,
    { projectId, name, digest, by }: Registration,
  ) => {
    await holdProject(trx, projectId);
    const model = await findOrMakeModel(trx, projectId, name);
    const versions = await listVersions(trx, projectId, model.id);
    const known = versions.find((it) => it.digest === digest);
    if (known) return { row: known, created: false };
    const row: ModelVersionRow = {
      model_id: model.id,
      version: (versions[0]?.version ?? 0) + 1,
      project_id: projectId,
      digest,
      size: pushed.size,
      config: JSON.stringify({ license: pushed.license }),
      created_at: nowText(clock),
      created_by: by,
    };
    await insertVersion(trx, row);
    const message = `version ${row.version} is ${digest}`;
    await record(trx, { projectId, reason: 'Created', message, by, about: `model/${name}` });
    return { row, created: true };
  };

  const findOrMakeModel = async (trx: Executor, projectId: string, name: string): Promise<ModelRow> => {
    const found = await findModel(trx, projectId, name);
    if (found) return found;
    const row = { id: uuidv7(clock, random), project_id: projectId, name, created_at: nowText(clock) };
    await insertModel(trx, row);
    return row;
  };

  const aliasOf = async (trx: Executor, projectId: string, name: string, alias: string) => {
    const model = await findModel(trx, projectId, name);
    if (!model) throw notFound('model', name);
    const row = (await listAliases(trx, projectId, model.id)).find((it) => it.alias === alias);
    return { model, row };
  };

  return {
    /** The next integer, or the one that the digest has already. Rejects with `ModelNotFound` unless it was pushed. */
    async register(registration: Registration) {
      const { project, name, digest } = registration;
      const pushed = await findPushed(modelRepository(project, name), digest);
      if (!pushed)
        throw hubError(
          'ModelNotFound',
          `the registry has no ${digest} in ${modelRepository(project, name)}`,
          {
            pointer: '/digest',
            next: 'Push it first, with `skerry model push FILE`.',
          },
        );
      const { row, created } = await db.transaction().execute((trx) => insert(trx, pushed, registration));
      return { version: versionOf(row), created };
    },

    async list(projectId: string): Promise<ModelResource[]> {
      const versions = await listVersions(db, projectId);
      const aliases = await listAliases(db, projectId);
      return (await listModels(db, projectId)).map((row) => resourceOf(row, versions, aliases));
    },

    async get(projectId: string, name: string): Promise<ModelResource> {
      const row = await findModel(db, projectId, name);
      if (!row) throw notFound('model', name);
      return resourceOf(
        row,
        await listVersions(db, projectId, row.id),
        await listAliases(db, projectId, row.id),
      );
    },

    /** Moves nothing on any device: references are resolved when a deployment is applied. */
    putAlias: (
      name: string,
      alias: string,
      version: number,
      write: Write,
    ): Promise<Tagged<{ version: number }>> =>
      db.transaction().execute(async (trx) => {
        const { projectId, by, preconditions } = write;
        await holdProject(trx, projectId);
        if (/^\d+$/.test(alias))
          throw hubError('InvalidRequest', 'an alias is not a number: numbers are versions');
        const { model, row } = await aliasOf(trx, projectId, name, alias);
        checkPreconditions(preconditions, row && entityTag(tagOf(row)));
        const versions = await listVersions(trx, projectId, model.id);
        if (!versions.some((it) => it.version === version))
          throw hubError('ModelNotFound', `there is no ${name}:${version}`, { pointer: '/version' });
        const generation = (row?.generation ?? 0) + 1;
        const after = {
          model_id: model.id,
          alias,
          project_id: projectId,
          version,
          generation,
          updated_at: nowText(clock),
        };
        await saveAlias(trx, after);
        const message = `${name}:${alias} is version ${version}${row ? `, was ${row.version}` : ''}`;
        await record(trx, {
          projectId,
          reason: row ? 'Changed' : 'Created',
          message,
          by,
          about: `model/${name}`,
        });
        return { tag: tagOf(after), body: { version }, created: !row };
      }),

    async getAlias(projectId: string, name: string, alias: string): Promise<Tagged<{ version: number }>> {
      const { row } = await aliasOf(db, projectId, name, alias);
      if (!row) throw notFound('alias', `${name}:${alias}`);
      return { tag: tagOf(row), body: { version: row.version } };
    },

    removeAlias: (name: string, alias: string, { projectId, by, preconditions }: Write): Promise<void> =>
      db.transaction().execute(async (trx) => {
        await holdProject(trx, projectId);
        const { model, row } = await aliasOf(trx, projectId, name, alias);
        checkPreconditions(preconditions, row && entityTag(tagOf(row)));
        if (!row) throw notFound('alias', `${name}:${alias}`);
        await deleteAlias(trx, model.id, alias);
        const message = `the alias ${name}:${alias} was removed`;
        await record(trx, { projectId, reason: 'Deleted', message, by, about: `model/${name}` });
      }),
  };
}

const tagOf = ({ model_id, alias, generation }: ModelAliasRow) => ({
  id: `${model_id}.${alias}`,
  generation,
});

function versionOf({ version, digest, size, created_at, created_by, config }: ModelVersionRow) {
  const { license } = JSON.parse(config) as { license?: string };
  return { version, digest, size, createdAt: created_at, createdBy: created_by, ...(license && { license }) };
}

function resourceOf(row: ModelRow, versions: ModelVersionRow[], aliases: ModelAliasRow[]): ModelResource {
  const own = aliases.filter(({ model_id }) => model_id === row.id);
  return {
    name: row.name,
    id: row.id,
    createdAt: row.created_at,
    versions: versions.filter(({ model_id }) => model_id === row.id).map(versionOf),
    aliases: Object.fromEntries(own.map(({ alias, version }) => [alias, version])),
  };
}
