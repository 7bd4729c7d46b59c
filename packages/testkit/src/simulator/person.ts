import { listWaiting } from '../../../hub/src/fleet/adoption/store.ts';
import { allUncertified } from '../../../hub/src/identity/standing/read-model.ts';
import type { SimHub } from './sim-hub.ts';

/** What a person at the hub does now and then: lets in the devices that wait for a word, but those of these ids. */
export function letIn(
  { context: { db }, core, projectId }: SimHub,
  keptOut: ReadonlySet<string>,
): Promise<void> {
  const { continuity, identity } = core;
  const { adopting, standing } = identity;
  return db.transaction().execute(async (trx) => {
    for (const row of await listWaiting(trx, projectId)) await adopting.adopt(trx, row, undefined);
    for (const { id } of await allUncertified(trx, projectId))
      if (!keptOut.has(id)) await standing.readmit(trx, id);
    const held = await trx
      .selectFrom('device_continuity')
      .select('device_id')
      .where('held', 'is not', null)
      .execute();
    for (const { device_id } of held) await continuity.admit(trx, device_id);
  });
}
