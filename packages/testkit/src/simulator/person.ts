import { listWaiting } from '../../../hub/src/fleet/adoption/store.ts';
import { allUncertified } from '../../../hub/src/identity/standing/read-model.ts';
import type { SimHub } from './sim-hub.ts';

/** What a person at the hub does now and then: lets in the devices that wait for a word, but neither revoked nor cloned ones. */
export function letIn({ context: { db }, core, projectId }: SimHub): Promise<void> {
  const { adopting, standing } = core.identity;
  return db.transaction().execute(async (trx) => {
    for (const row of await listWaiting(trx, projectId)) await adopting.adopt(trx, row, undefined);
    for (const { id, condition } of await allUncertified(trx, projectId))
      if (condition.reason === 'CertificateEnded') await standing.readmit(trx, id);
  });
}
