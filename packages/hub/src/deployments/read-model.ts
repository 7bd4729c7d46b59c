import type { DesiredModel, Json, Selector } from '@skerry/contracts';
import { hubInDesired } from '../addresses/read-model.ts';
import type { Executor } from '../db/schema.ts';
import { deviceTargets } from '../fleet/read-model.ts';
import { type Site, sitesOf } from '../sites/read-model.ts';
import { type Layer, layer, type Target } from './layer.ts';

export { type Desire, type Fault, layer } from './layer.ts';

/** The deployments of a project, as they are layered. */
export async function layersOf(db: Executor, projectId: string): Promise<Layer[]> {
  const rows = await db
    .selectFrom('deployments')
    .select(['name', 'object', 'resolved'])
    .where('project_id', '=', projectId)
    .execute();
  return rows.map(({ name, object, resolved }) => {
    const { selector, priority = 0, pipelines = {} } = (JSON.parse(object) as { spec: WrittenSpec }).spec;
    const models = JSON.parse(resolved) as Record<string, DesiredModel>;
    return { name, priority, selector, models, pipelines };
  });
}

interface WrittenSpec {
  selector: Selector;
  priority?: number;
  pipelines?: Record<string, Json>;
}

export interface DeviceDesire {
  readonly deviceId: string;
  readonly device: string;
  readonly desire: ReturnType<typeof layer>;
}

/** What the devices of a project (all, or those named) should do, by what stands in the database now. */
export async function desiresOf(
  db: Executor,
  projectId: string,
  ids?: readonly string[],
): Promise<DeviceDesire[]> {
  const devices = await deviceTargets(db, projectId, ids);
  if (devices.length === 0) return [];
  const [layers, sites] = [await layersOf(db, projectId), await sitesOf(db, projectId)];
  const hub = await hubInDesired(db);
  return devices.map(({ id, name, site_id, labels }) => {
    const target = targetOf(JSON.parse(labels), site_id === null ? undefined : sites.get(site_id));
    return { deviceId: id, device: name, desire: layer({ ...target, ...(hub && { hub }) }, layers) };
  });
}

const targetOf = (labels: Target['labels'], site: Site | undefined): Target =>
  site ? { labels: { ...site.labels, ...labels }, site: site.desired } : { labels };
