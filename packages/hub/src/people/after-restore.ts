import type { Executor } from '../db/schema.ts';

/** People's tokens of before are void: one that was revoked since the backup would be good again. */
export async function voidPeopleTokens(trx: Executor): Promise<void> {
  await trx.deleteFrom('person_tokens').execute();
}
