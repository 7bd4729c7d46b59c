import type {
  DeploymentObject,
  DeploymentResource,
  DeviceChange,
  DeviceResource,
  Json,
  SiteResource,
} from '@skerry/contracts';
import type { ProjectClient, Tagged } from '@skerry/sdk';
import { failure } from '../errors.ts';
import { difference, type FieldChange } from './difference.ts';
import { type FleetEntry, type FleetObject, titleOf } from './read-file.ts';

/** What applying one object would do. */
export interface PlannedObject {
  readonly entry: FleetEntry;
  readonly action: 'create' | 'change' | 'keep';
  readonly changes: readonly FieldChange[];
  /** Devices whose desired state changes, and how; of deployments alone. */
  readonly devices: readonly DeviceChange[];
  /** The state that was looked at: it is changed only if it is still that one. */
  readonly etag: string | undefined;
}

export interface FleetPlan {
  readonly objects: readonly PlannedObject[];
  /** Objects of the kinds in the file that it does not mention: they are left as they are. */
  readonly unmentioned: readonly string[];
}

/** Compares a fleet file with the hub. Changes nothing. */
export async function planFleet(project: ProjectClient, entries: readonly FleetEntry[]): Promise<FleetPlan> {
  const objects: PlannedObject[] = [];
  for (const entry of entries) objects.push(await planObject(project, entry));
  return { objects, unmentioned: await unmentioned(project, entries) };
}

function planObject(project: ProjectClient, entry: FleetEntry): Promise<PlannedObject> {
  const { object } = entry;
  if (object.kind === 'Site') return planPlain(entry, project.sites.find(object.metadata.name));
  if (object.kind === 'Device') return planDevice(project, entry);
  return planDeployment(project, entry as FleetEntry<DeploymentObject>);
}

async function planPlain(
  entry: FleetEntry,
  finding: Promise<Tagged<SiteResource | DeviceResource> | undefined>,
): Promise<PlannedObject> {
  const found = await finding;
  const changes = difference(found && contentOf(found.value), contentOf(entry.object));
  return { entry, action: actionOf(found, changes), changes, devices: [], etag: found?.etag };
}

async function planDevice(project: ProjectClient, entry: FleetEntry): Promise<PlannedObject> {
  const { name } = entry.object.metadata;
  const plan = await planPlain(entry, project.devices.find(name));
  if (plan.action !== 'create') return plan;
  throw failure('NotFound', `no device “${name}” has joined (${placeText(entry)})`, {
    next: 'A device comes by joining: `skerry device token --name NAME`, then `skerry agent join -` on it.',
  });
}

/** The hub itself says what would be: which digests the references mean now, and which devices change how. */
async function planDeployment(
  project: ProjectClient,
  entry: FleetEntry<DeploymentObject>,
): Promise<PlannedObject> {
  const [found, { value }] = await Promise.all([
    project.deployments.find(entry.object.metadata.name),
    project.deployments.put(entry.written, { dryRun: true }),
  ]);
  const changes = difference(found && deploymentContent(found.value), deploymentContent(value));
  const devices = (value.status.wouldChange ?? []).filter((it) => it.changes.length > 0);
  return { entry, action: actionOf(found, changes), changes, devices, etag: found?.etag };
}

function actionOf(found: unknown, changes: readonly FieldChange[]): PlannedObject['action'] {
  if (!found) return 'create';
  return changes.length > 0 ? 'change' : 'keep';
}

/** What a person writes of an object, without what the hub adds. */
function contentOf({ metadata, spec }: FleetObject): Json {
  const { labels = {} } = metadata;
  return { ...(Object.keys(labels).length > 0 && { labels }), spec } as Json;
}

/** With what the references to models stand for. */
function deploymentContent(deployment: DeploymentResource): Json {
  const resolved = Object.entries(deployment.status.models).map(([name, { version, digest }]) => [
    name,
    `version ${version}, ${digest}`,
  ]);
  return { ...(contentOf(deployment) as object), resolved: Object.fromEntries(resolved) } as Json;
}

async function unmentioned(project: ProjectClient, entries: readonly FleetEntry[]): Promise<string[]> {
  const kinds = new Set(entries.map(({ object }) => object.kind));
  const mentioned = new Set(entries.map(({ object }) => titleOf(object)));
  const [sites, deployments] = await Promise.all([
    kinds.has('Site') ? project.sites.list() : [],
    kinds.has('Deployment') ? project.deployments.list() : [],
  ]);
  return [...sites, ...deployments].map(titleOf).filter((title) => !mentioned.has(title));
}

const placeText = ({ place }: FleetEntry) => `${place.name}:${place.line}`;
