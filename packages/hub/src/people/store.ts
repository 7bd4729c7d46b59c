import type { Executor } from '../db/schema.ts';
import type { PersonTokenRow } from './tables.ts';

export async function insertToken(db: Executor, row: PersonTokenRow): Promise<void> {
  await db.insertInto('person_tokens').values(row).execute();
}

export function findToken(
  db: Executor,
  id: string,
): Promise<(PersonTokenRow & { project: string }) | undefined> {
  return db
    .selectFrom('person_tokens')
    .innerJoin('projects', 'projects.id', 'person_tokens.project_id')
    .selectAll('person_tokens')
    .select('projects.name as project')
    .where('person_tokens.id', '=', id)
    .executeTakeFirst();
}

export function listTokens(db: Executor, projectId: string): Promise<PersonTokenRow[]> {
  return db
    .selectFrom('person_tokens')
    .selectAll()
    .where('project_id', '=', projectId)
    .orderBy('name')
    .execute();
}

/** False when there is none of that name. */
export async function deleteToken(db: Executor, projectId: string, name: string): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('person_tokens')
    .where('project_id', '=', projectId)
    .where('name', '=', name)
    .executeTakeFirst();
  return numDeletedRows > 0n;
}
