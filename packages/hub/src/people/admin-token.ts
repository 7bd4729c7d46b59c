import type { Disk } from '@skerry/kit';
import { uuidv7 } from '@skerry/kit';
import type { HubContext } from '../context.ts';
import { defaultProject, projectNamed } from '../projects/read-model.ts';
import { hashOf, newSecret } from '../secret.ts';
import { nowText } from '../time.ts';
import { tokenText } from './secret.ts';
import { insertToken, listTokens } from './store.ts';

/**
 * Where no token exists, makes one for an admin and writes it to `path` (0600), before the hub knows it: a start
 * that is cut in between is a first start again. Gives the token then, undefined otherwise.
 */
export async function ensureAdminToken(
  { db, clock, random, record }: HubContext,
  disk: Disk,
  path: string,
): Promise<string | undefined> {
  const { id: projectId } = await projectNamed(db, defaultProject);
  if ((await listTokens(db, projectId)).length > 0) return undefined;
  const id = uuidv7(clock, random);
  const secret = newSecret(random);
  const text = tokenText({ id, secret });
  await disk.writeAtomic(path, `${text}\n`, { mode: 0o600 });
  await db.transaction().execute(async (trx) => {
    const row = {
      id,
      project_id: projectId,
      name: 'admin',
      role: 'admin' as const,
      secret_sha256: hashOf(secret),
    };
    await insertToken(trx, { ...row, created_at: nowText(clock), created_by: 'hub' });
    const message = 'an admin token was made, since there was no token';
    await record(trx, { projectId, reason: 'Created', message, by: 'hub', about: 'token/admin' });
  });
  return text;
}
