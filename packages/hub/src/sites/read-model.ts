import type { DesiredState, Labels, SiteSpec } from '@skerry/contracts';
import { didYouMean } from '@skerry/kit';
import type { Executor } from '../db/schema.ts';
import { notFound } from '../errors.ts';
import { listSites } from './store.ts';

/** A site as its devices see it. */
export interface Site {
  readonly id: string;
  readonly name: string;
  /** Of the site and of those that it is part of; the nearest wins. */
  readonly labels: Labels;
  readonly desired: NonNullable<DesiredState['site']>;
}

/** All sites of a project by id. */
export async function sitesOf(db: Executor, projectId: string): Promise<Map<string, Site>> {
  const rows = new Map((await listSites(db, projectId)).map((row) => [row.id, row]));
  const labelsOf = (id: string | null): Labels => {
    const row = id === null ? undefined : rows.get(id);
    return row ? { ...labelsOf(row.parent_id), ...JSON.parse(row.labels) } : {};
  };
  const siteOf = (row: { id: string; name: string; spec: string }): Site => {
    const { timeZone, power, network } = JSON.parse(row.spec) as SiteSpec;
    return {
      id: row.id,
      name: row.name,
      labels: labelsOf(row.id),
      desired: { name: row.name, timeZone, power, network },
    };
  };
  return new Map([...rows].map(([id, row]) => [id, siteOf(row)]));
}

/** The id of the site of that name; throws `NotFound`, with the nearest name. `pointer` says where it was asked for. */
export async function siteIdNamed(
  db: Executor,
  projectId: string,
  name: string,
  pointer?: string,
): Promise<string> {
  const rows = await db
    .selectFrom('sites')
    .select(['id', 'name'])
    .where('project_id', '=', projectId)
    .execute();
  const found = rows.find((row) => row.name === name);
  if (found) return found.id;
  const hint = didYouMean(
    name,
    rows.map((row) => row.name),
  );
  throw notFound('site', `${name}`, {
    ...(pointer && { pointer }),
    ...(hint && { next: `Check the name${hint}.` }),
  });
}
