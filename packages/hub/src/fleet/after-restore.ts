import type { Executor } from '../db/schema.ts';
import { markAllDisconnected } from './store.ts';

/** No session outlives the hub that it was with. */
export async function endSessions(trx: Executor, at: string): Promise<void> {
  await markAllDisconnected(trx, {
    connected: 0,
    connection_reason: 'LinkLost',
    connection_message: 'the hub was restored from a backup; the device has not come back yet',
    connection_changed_at: at,
  });
}
