import type { Executor } from '../db/schema.ts';
import { defaultProject } from './read-model.ts';

export async function createDefaultProject(db: Executor, made: { id: string; at: string }): Promise<void> {
  await db
    .insertInto('projects')
    .values({ id: made.id, name: defaultProject, created_at: made.at, revision: 0 })
    .execute();
}
