import { type Clock, uuidv7 } from '@skerry/kit';
import type { HubContext } from '../context.ts';
import type { Executor } from '../db/schema.ts';
import { createDefaultProject } from '../projects/store.ts';
import { nowText } from '../time.ts';
import { installation } from './read-model.ts';

/** Gives the hub its id and its first project, once; later starts find them. True at the first start. */
export async function installHub(context: Pick<HubContext, 'db' | 'clock' | 'random'>): Promise<boolean> {
  const { db, clock, random } = context;
  return db.transaction().execute(async (trx) => {
    const found = await trx.selectFrom('installation').select('hub_id').executeTakeFirst();
    if (found) return false;
    await trx
      .insertInto('installation')
      .values({ hub_id: uuidv7(clock, random), epoch: 1, created_at: nowText(clock) })
      .execute();
    await createDefaultProject(trx, { id: uuidv7(clock, random), at: nowText(clock) });
    return true;
  });
}

/** Epochs of restored hubs count the seconds since then. */
const EPOCHS_FROM = Date.UTC(2025, 0, 1);

/**
 * Begins a new epoch, later than every one that this hub ever had: a backup may be restored twice, and knows nothing of
 * the epoch that the first restore began, so that the wall clock has to tell them apart.
 */
export async function raiseEpoch(trx: Executor, clock: Clock): Promise<{ before: number; epoch: number }> {
  const { epoch: before } = await installation(trx);
  const epoch = Math.max(before + 1, Math.floor((clock.now() - EPOCHS_FROM) / 1000));
  await trx.updateTable('installation').set({ epoch }).execute();
  return { before, epoch };
}
