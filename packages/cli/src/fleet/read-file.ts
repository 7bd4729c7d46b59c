import {
  apiVersion,
  type DeploymentObject,
  type DeviceObject,
  deploymentObject,
  deviceObject,
  type SiteObject,
  siteObject,
} from '@skerry/contracts';
import { parseYamlDocuments, type YamlPlace } from '@skerry/kit/yaml';
import { z } from 'zod';
import { failure } from '../errors.ts';

export type FleetObject = SiteObject | DeviceObject | DeploymentObject;

/** An object of a fleet file. */
export interface FleetEntry<O extends FleetObject = FleetObject> {
  /** With the defaults filled in. */
  readonly object: O;
  /** As it stands in the file: what is sent, so that no default of ours overrides what another deployment says. */
  readonly written: O;
  readonly place: YamlPlace;
}

const schemas = {
  [`${apiVersion}/Site`]: siteObject,
  [`${apiVersion}/Device`]: deviceObject,
  [`${apiVersion}/Deployment`]: deploymentObject,
} as const;
const asWritten = Object.fromEntries(Object.keys(schemas).map((kind) => [kind, z.unknown()]));

/** Sites, then devices, then deployments: each may need those before it. */
const order = ['Site', 'Device', 'Deployment'];

/** The objects of a fleet file, in the order in which they are applied. Throws `InvalidFile`. */
export function readFleet(source: { readonly name: string; readonly text: string }): FleetEntry[] {
  const documents = parseYamlDocuments(source, schemas);
  const written = parseYamlDocuments(source, asWritten);
  const entries = documents.map(({ value, place }, index) => ({
    object: value as FleetObject,
    written: written[index]!.value as FleetObject,
    place,
  }));
  if (entries.length === 0) throw failure('InvalidFile', `${source.name} holds no object`);
  refuseTwins(entries);
  return [
    ...sitesParentsFirst(entries),
    ...entries.filter(({ object }) => object.kind !== 'Site').sort(byKind),
  ];
}

const byKind = (a: FleetEntry, b: FleetEntry) => order.indexOf(a.object.kind) - order.indexOf(b.object.kind);

export const titleOf = ({ kind, metadata }: FleetObject) => `${kind} ${metadata.name}`;

function refuseTwins(entries: readonly FleetEntry[]): void {
  const seen = new Map<string, FleetEntry>();
  for (const entry of entries) {
    const title = titleOf(entry.object);
    const first = seen.get(title);
    const { name, line, column } = entry.place;
    if (first)
      throw failure(
        'InvalidFile',
        `${name}:${line}:${column}: ${title} stands at line ${first.place.line} already`,
      );
    seen.set(title, entry);
  }
}

/** A site that is part of another comes after it; sites in a circle are left to the hub, which refuses them. */
function sitesParentsFirst(entries: readonly FleetEntry[]): FleetEntry[] {
  const sites = new Map(
    entries.flatMap((it) => (it.object.kind === 'Site' ? [[it.object.metadata.name, it]] : [])),
  );
  const ordered = new Set<FleetEntry>();
  const visit = (entry: FleetEntry, below: ReadonlySet<FleetEntry>) => {
    const parent = entry.object.kind === 'Site' ? sites.get(entry.object.spec.parent ?? '') : undefined;
    if (parent && !below.has(parent)) visit(parent, new Set([...below, entry]));
    ordered.add(entry);
  };
  for (const site of sites.values()) visit(site, new Set());
  return [...ordered];
}
