import type { Kysely } from 'kysely';
import type { Json } from '../db/columns.ts';

/** One row, once there were any: where devices are told to look for the hub. */
export interface HubAddressesRow {
  /** A list of URLs. */
  addresses: Json;
  /** 1 once every device's desired state says so. */
  spread: 0 | 1;
}

export interface HubAddressTables {
  hub_addresses: HubAddressesRow;
}

export async function createHubAddressTables(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('hub_addresses')
    .addColumn('addresses', 'text', (c) => c.notNull())
    .addColumn('spread', 'integer', (c) => c.notNull())
    .execute();
}
