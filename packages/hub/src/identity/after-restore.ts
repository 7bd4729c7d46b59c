import type { Executor } from '../db/schema.ts';

/** Join tokens of before are void: one that was used or revoked since the backup would be good again. */
export async function voidJoinTokens(trx: Executor, at: string): Promise<void> {
  await trx.updateTable('device_tokens').set({ revoked_at: at }).where('revoked_at', 'is', null).execute();
}
