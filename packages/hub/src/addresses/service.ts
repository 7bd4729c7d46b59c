import type { HubContext } from '../context.ts';
import type { Executor } from '../db/schema.ts';
import { allProjects } from '../projects/read-model.ts';

/**
 * From now on every device's desired state says that the hub is to be found there; nothing, where the list is empty.
 * Devices get a new version when the list has changed, and else none, however often the hub starts.
 */
export async function spreadAddresses(
  { db, changeIntent }: HubContext,
  addresses: readonly string[],
): Promise<void> {
  const isSpread = await db.transaction().execute((trx) => keep(trx, JSON.stringify(addresses)));
  if (isSpread) return;
  for (const { id } of await allProjects(db)) await changeIntent(id, async () => {});
  await db.updateTable('hub_addresses').set({ spread: 1 }).execute();
}

/** Whether it stood there before, and every device had it. */
async function keep(trx: Executor, addresses: string): Promise<boolean> {
  const before = await trx.selectFrom('hub_addresses').selectAll().executeTakeFirst();
  if ((before?.addresses ?? '[]') === addresses) return before?.spread !== 0;
  await trx.deleteFrom('hub_addresses').execute();
  await trx.insertInto('hub_addresses').values({ addresses, spread: 0 }).execute();
  return false;
}
