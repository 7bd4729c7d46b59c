import type { SimHub } from './sim-hub.ts';

const by = 'simulator';

/** What a person at the hub does now and then: lets in the devices that wait for a word. */
export async function letIn({ context, core, projectId }: SimHub): Promise<void> {
  const { adopting, standing } = core.identity;
  for (const { id } of await adopting.list(projectId)) await adopting.adopt(projectId, id, undefined, by);
  const waiting = await context.db
    .selectFrom('device_standing')
    .innerJoin('devices', 'devices.id', 'device_standing.device_id')
    .select('devices.name')
    .where('device_standing.asked_at', 'is not', null)
    .where('device_standing.revoked_at', 'is', null)
    .execute();
  for (const { name } of waiting) await standing.readmit(name, { projectId, by });
}
