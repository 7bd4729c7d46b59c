import { type Digest, type ModelResource, type ModelVersion, modelRepository } from '@skerry/contracts';
import { uuidv7 } from '@skerry/kit';
import type { HubContext } from '../context.ts';
import type { Executor } from '../db/schema.ts';
import { hubError, notFound } from '../errors.ts';
import { holdProject } from '../projects/read-model.ts';
import { nowText } from '../time.ts';
import { findModel, insertModel, insertVersion, listAliases, listModels, listVersions } from './store.ts';
import type { ModelAliasRow, ModelRow, ModelVersionRow } from './tables.ts';

/** What was pushed under a digest, as the registry tells it. */
export interface PushedModel {
  /** Bytes of all layers. */
  readonly size: number;
  readonly license?: string | undefined;
}

/** The registry, whose feature is another. Undefined when the repository has no model of that digest. */
export type FindPushedModel = (repository: string, digest: Digest) => Promise<PushedModel | undefined>;

export interface Registration {
  readonly projectId: string;
  readonly project: string;
  readonly name: string;
  readonly digest: Digest;
  readonly by: string;
}

export type ModelVersions = ReturnType<typeof modelVersions>;

/** Models by name, and which digests are their versions. */
export function modelVersions(context: HubContext, findPushed: FindPushedModel) {
  const { db } = context;
  return {
    /** The next integer, or the one that the digest has already. Rejects with `ModelNotFound` unless it was pushed. */
    async register(registration: Registration): Promise<{ version: ModelVersion; created: boolean }> {
      const repository = modelRepository(registration.project, registration.name);
      const pushed = await findPushed(repository, registration.digest);
      if (!pushed) throw notPushed(repository, registration.digest);
      const insert = (trx: Executor) => insertNext(context, trx, pushed, registration);
      const { row, created } = await db.transaction().execute(insert);
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
      const versions = await listVersions(db, projectId, row.id);
      return resourceOf(row, versions, await listAliases(db, projectId, row.id));
    },
  };
}

async function insertNext(
  { clock, random, record }: HubContext,
  trx: Executor,
  { size, license }: PushedModel,
  { projectId, name, digest, by }: Registration,
): Promise<{ row: ModelVersionRow; created: boolean }> {
  await holdProject(trx, projectId);
  const made = { id: uuidv7(clock, random), project_id: projectId, name, created_at: nowText(clock) };
  const { id: model_id } = await findOrInsert(trx, made);
  const versions = await listVersions(trx, projectId, model_id);
  const known = versions.find((it) => it.digest === digest);
  if (known) return { row: known, created: false };
  const version = (versions[0]?.version ?? 0) + 1;
  const config = JSON.stringify({ license });
  const written = { created_at: nowText(clock), created_by: by };
  const row: ModelVersionRow = { model_id, version, project_id: projectId, digest, size, config, ...written };
  await insertVersion(trx, row);
  const message = `version ${version} is ${digest}`;
  await record(trx, { projectId, reason: 'Created', message, by, about: `model/${name}` });
  return { row, created: true };
}

async function findOrInsert(trx: Executor, made: ModelRow): Promise<ModelRow> {
  const found = await findModel(trx, made.project_id, made.name);
  if (!found) await insertModel(trx, made);
  return found ?? made;
}

function versionOf({ version, digest, size, created_at, created_by, config }: ModelVersionRow): ModelVersion {
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

const notPushed = (repository: string, digest: Digest) =>
  hubError('ModelNotFound', `the registry has no ${digest} in ${repository}`, {
    pointer: '/digest',
    next: 'Push it first, with `skerry model push FILE`.',
  });
