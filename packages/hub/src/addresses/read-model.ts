import type { DesiredState } from '@skerry/contracts';
import type { Executor } from '../db/schema.ts';

/** What desired states say of the hub; undefined where it is not told where it is to be found. */
export async function hubInDesired(db: Executor): Promise<DesiredState['hub']> {
  const row = await db.selectFrom('hub_addresses').select('addresses').executeTakeFirst();
  const addresses: string[] = row ? JSON.parse(row.addresses) : [];
  return addresses.length > 0 ? { addresses } : undefined;
}
