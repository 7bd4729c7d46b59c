import type { PeopleToken } from '@skerry/contracts';
import { uuidv7 } from '@skerry/kit';
import type { HubContext } from '../context.ts';
import { isUniqueViolation } from '../db/database-errors.ts';
import type { Executor } from '../db/schema.ts';
import { hubError, notFound } from '../errors.ts';
import { hashOf, newSecret } from '../secret.ts';
import { nowText } from '../time.ts';
import type { Role } from './read-model.ts';
import { tokenText } from './secret.ts';
import { deleteToken, insertToken, listTokens } from './store.ts';
import type { PersonTokenRow } from './tables.ts';

interface NewToken {
  readonly projectId: string;
  readonly name: string;
  readonly role: Role;
  readonly by: string;
}

export type PeopleService = ReturnType<typeof peopleService>;

/** Tokens of people and of their programs. */
export function peopleService({ db, clock, random, record }: HubContext) {
  return {
    /** The token's text is in this answer alone. */
    async create({ projectId, name, role, by }: NewToken): Promise<PeopleToken & { token: string }> {
      const secret = newSecret(random);
      const row: PersonTokenRow = {
        id: uuidv7(clock, random),
        project_id: projectId,
        name,
        role,
        secret_sha256: hashOf(secret),
        created_at: nowText(clock),
        created_by: by,
      };
      await db.transaction().execute(async (trx) => {
        await insertToken(trx, row).catch((error) => {
          throw isUniqueViolation(error) ? hubError('Conflict', `a token “${name}” exists already`) : error;
        });
        const message = `a token of role ${role} was made`;
        await record(trx, { projectId, reason: 'Created', message, by, about: `token/${name}` });
      });
      return { ...describe(row), token: tokenText({ id: row.id, secret }) };
    },

    async list(projectId: string): Promise<PeopleToken[]> {
      return (await listTokens(db, projectId)).map(describe);
    },

    revoke: (projectId: string, name: string, by: string): Promise<void> =>
      db.transaction().execute(async (trx) => {
        if (!(await deleteToken(trx, projectId, name))) throw notFound('token', name);
        await requireAdmin(trx, projectId, name);
        await record(trx, {
          projectId,
          reason: 'Revoked',
          message: 'the token was revoked',
          by,
          about: `token/${name}`,
        });
      }),
  };
}

/** Where none is left at all, the hub makes one at its next start. */
async function requireAdmin(trx: Executor, projectId: string, revoked: string): Promise<void> {
  const left = await listTokens(trx, projectId);
  if (left.length === 0 || left.some(({ role }) => role === 'admin')) return;
  throw hubError('Conflict', `the token “${revoked}” is the last of an admin; nobody could make another`, {
    next: 'Make one for another admin first.',
  });
}

const describe = ({ name, role, created_at }: PersonTokenRow): PeopleToken => ({
  name,
  role,
  createdAt: created_at,
});
