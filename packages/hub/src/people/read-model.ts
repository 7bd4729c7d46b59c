import type { Executor } from '../db/schema.ts';
import { hubError } from '../errors.ts';
import { isSecret } from '../secret.ts';
import { parseToken } from './secret.ts';
import { findToken } from './store.ts';

export type Role = 'admin' | 'viewer';

/** Who makes a request, in the one project that their token is for. */
export interface Person {
  readonly name: string;
  readonly role: Role;
  readonly projectId: string;
  readonly project: string;
}

/** The person behind an `Authorization: Bearer …` header; throws `NotLoggedIn`, whatever is wrong with it. */
export async function authenticate(db: Executor, authorization: string | undefined): Promise<Person> {
  const [, text] = /^Bearer\s+(\S+)$/i.exec(authorization ?? '') ?? [];
  return personOfToken(db, text);
}

/** The same for the token alone. */
export async function personOfToken(db: Executor, text: string | undefined): Promise<Person> {
  const token = text === undefined ? undefined : parseToken(text);
  if (!token)
    throw hubError(
      'NotLoggedIn',
      text === undefined ? 'the request carries no token' : 'the token is malformed',
    );
  const row = await findToken(db, token.id);
  if (!row || !isSecret(token.secret, row.secret_sha256))
    throw hubError('NotLoggedIn', 'the hub does not know the token, or it was revoked');
  return { name: row.name, role: row.role, projectId: row.project_id, project: row.project };
}

/** Throws `Forbidden` unless the person may act in the project of that name, and change things if `writes`. */
export function authorize(person: Person, project: string, writes: boolean): void {
  if (person.project !== project)
    throw hubError('Forbidden', `the token is for the project “${person.project}”, not for “${project}”`);
  if (writes && person.role !== 'admin')
    throw hubError('Forbidden', `${person.name} is a viewer; this needs an admin`);
}
