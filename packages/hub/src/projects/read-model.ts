import type { Executor } from '../db/schema.ts';
import { notFound } from '../errors.ts';

/** The project that exists from the start, for those who need no other. */
export const defaultProject = 'default';

export interface Project {
  readonly id: string;
  readonly name: string;
}

/** The project of that name; throws `NotFound`. */
export async function projectNamed(db: Executor, name: string): Promise<Project> {
  const row = await db
    .selectFrom('projects')
    .select(['id', 'name'])
    .where('name', '=', name)
    .executeTakeFirst();
  if (!row) throw notFound('project', name);
  return row;
}

export async function isProject(db: Executor, id: string): Promise<boolean> {
  const row = await db.selectFrom('projects').select('id').where('id', '=', id).executeTakeFirst();
  return row !== undefined;
}

export function allProjects(db: Executor): Promise<Project[]> {
  return db.selectFrom('projects').select(['id', 'name']).orderBy('id').execute();
}

/**
 * Makes changes of intent in one project follow one another: whoever calls this first in a transaction has the
 * project's row until its end. Without it, two changes could each compute desired states that miss the other.
 */
export async function holdProject(db: Executor, projectId: string): Promise<void> {
  await db
    .updateTable('projects')
    .set((set) => ({ revision: set('revision', '+', 1) }))
    .where('id', '=', projectId)
    .execute();
}
