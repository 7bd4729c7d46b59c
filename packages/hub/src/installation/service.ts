import { uuidv7 } from '@skerry/kit';
import type { HubContext } from '../context.ts';
import { createDefaultProject } from '../projects/store.ts';
import { nowText } from '../time.ts';

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
