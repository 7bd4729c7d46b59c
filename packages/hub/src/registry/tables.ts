import type { Kysely } from 'kysely';
import { bigint, type Id, type Time } from '../db/columns.ts';

/** A blob that a repository holds. Content is shared between repositories; the right to read it is not. */
export interface RepositoryBlobRow {
  project_id: Id;
  /** `models/NAME` or `images/NAME`. */
  repository: string;
  digest: string;
  size: number;
  created_at: Time;
}

export interface ManifestRow {
  project_id: Id;
  repository: string;
  digest: string;
  media_type: string;
  size: number;
  created_at: Time;
}

export interface TagRow {
  project_id: Id;
  repository: string;
  tag: string;
  digest: string;
  updated_at: Time;
}

export interface RegistryTables {
  repository_blobs: RepositoryBlobRow;
  manifests: ManifestRow;
  tags: TagRow;
}

export async function createRegistryTables(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('repository_blobs')
    .addColumn('project_id', 'text', (c) => c.notNull().references('projects.id'))
    .addColumn('repository', 'text', (c) => c.notNull())
    .addColumn('digest', 'text', (c) => c.notNull())
    .addColumn('size', bigint, (c) => c.notNull())
    .addColumn('created_at', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('repository_blobs_key', ['project_id', 'repository', 'digest'])
    .execute();
  await db.schema
    .createTable('manifests')
    .addColumn('project_id', 'text', (c) => c.notNull().references('projects.id'))
    .addColumn('repository', 'text', (c) => c.notNull())
    .addColumn('digest', 'text', (c) => c.notNull())
    .addColumn('media_type', 'text', (c) => c.notNull())
    .addColumn('size', bigint, (c) => c.notNull())
    .addColumn('created_at', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('manifests_key', ['project_id', 'repository', 'digest'])
    .execute();
  await db.schema
    .createTable('tags')
    .addColumn('project_id', 'text', (c) => c.notNull().references('projects.id'))
    .addColumn('repository', 'text', (c) => c.notNull())
    .addColumn('tag', 'text', (c) => c.notNull())
    .addColumn('digest', 'text', (c) => c.notNull())
    .addColumn('updated_at', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('tags_key', ['project_id', 'repository', 'tag'])
    .execute();
}
