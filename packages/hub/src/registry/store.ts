import type { Executor } from '../db/schema.ts';
import type { ManifestRow, RepositoryBlobRow, TagRow } from './tables.ts';

/** One repository of a project: `models/NAME` or `images/NAME`. */
export interface Repository {
  readonly projectId: string;
  readonly repository: string;
}

export async function linkBlob(db: Executor, row: RepositoryBlobRow): Promise<void> {
  await db
    .insertInto('repository_blobs')
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

export function findBlob(db: Executor, { projectId, repository }: Repository, digest: string) {
  return db
    .selectFrom('repository_blobs')
    .select('size')
    .where('project_id', '=', projectId)
    .where('repository', '=', repository)
    .where('digest', '=', digest)
    .executeTakeFirst();
}

export async function putManifest(db: Executor, row: ManifestRow): Promise<void> {
  await db
    .insertInto('manifests')
    .values(row)
    .onConflict((conflict) =>
      conflict.columns(['project_id', 'repository', 'digest']).doUpdateSet({ media_type: row.media_type }),
    )
    .execute();
}

export function findManifest(
  db: Executor,
  { projectId, repository }: Repository,
  digest: string,
): Promise<ManifestRow | undefined> {
  return db
    .selectFrom('manifests')
    .selectAll()
    .where('project_id', '=', projectId)
    .where('repository', '=', repository)
    .where('digest', '=', digest)
    .executeTakeFirst();
}

export async function putTag(db: Executor, row: TagRow): Promise<void> {
  await db
    .insertInto('tags')
    .values(row)
    .onConflict((conflict) =>
      conflict
        .columns(['project_id', 'repository', 'tag'])
        .doUpdateSet({ digest: row.digest, updated_at: row.updated_at }),
    )
    .execute();
}

/** The digest that a tag stands for. */
export async function findTag(
  db: Executor,
  { projectId, repository }: Repository,
  tag: string,
): Promise<string | undefined> {
  const row = await db
    .selectFrom('tags')
    .select('digest')
    .where('project_id', '=', projectId)
    .where('repository', '=', repository)
    .where('tag', '=', tag)
    .executeTakeFirst();
  return row?.digest;
}

/** Tags in the order of their names, those after `last`, at most `limit`. */
export async function listTags(
  db: Executor,
  { projectId, repository }: Repository,
  last: string,
  limit: number,
): Promise<string[]> {
  const rows = await db
    .selectFrom('tags')
    .select('tag')
    .where('project_id', '=', projectId)
    .where('repository', '=', repository)
    .where('tag', '>', last)
    .orderBy('tag')
    .limit(limit)
    .execute();
  return rows.map(({ tag }) => tag);
}

/** Whether anything was ever pushed there. */
export async function hasRepository(db: Executor, { projectId, repository }: Repository): Promise<boolean> {
  const row = await db
    .selectFrom('repository_blobs')
    .select('digest')
    .where('project_id', '=', projectId)
    .where('repository', '=', repository)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** Digests of all blobs and manifests, of whatever repository, each once and in order. */
export async function listDigests(db: Executor): Promise<string[]> {
  const rows = await db
    .selectFrom('repository_blobs')
    .select('digest')
    .union(db.selectFrom('manifests').select('digest'))
    .orderBy('digest')
    .execute();
  return rows.map(({ digest }) => digest);
}
