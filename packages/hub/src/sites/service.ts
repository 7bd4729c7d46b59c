import { apiVersion, type SiteObject, type SiteResource } from '@skerry/contracts';
import { uuidv7 } from '@skerry/kit';
import { checkPreconditions, entityTag } from '../api/conditional.ts';
import type { Tagged, Write } from '../api/objects.ts';
import type { HubContext } from '../context.ts';
import type { Executor } from '../db/schema.ts';
import { hubError, notFound } from '../errors.ts';
import { nowText } from '../time.ts';
import { siteIdNamed } from './read-model.ts';
import { deleteSite, findSite, listSites, saveSite } from './store.ts';
import type { SiteRow } from './tables.ts';

const deepestNesting = 8;

export type SiteService = ReturnType<typeof siteService>;

/** Places: what they are like, and how they nest. */
export function siteService({ db, clock, random, record, changeIntent }: HubContext) {
  const write = async (
    trx: Executor,
    { metadata, spec }: SiteObject,
    { projectId, by, preconditions }: Write,
  ) => {
    const before = await findSite(trx, projectId, metadata.name);
    checkPreconditions(preconditions, before && entityTag(before));
    const { parent, ...own } = spec;
    const at = nowText(clock);
    const row: SiteRow = {
      id: before?.id ?? uuidv7(clock, random),
      project_id: projectId,
      name: metadata.name,
      parent_id: parent === undefined ? null : await siteIdNamed(trx, projectId, parent, '/spec/parent'),
      labels: JSON.stringify(metadata.labels ?? {}),
      spec: JSON.stringify(own),
      generation: (before?.generation ?? 0) + 1,
      created_at: before?.created_at ?? at,
      updated_at: at,
    };
    if (before && isSame(before, row))
      return { tag: before, body: await describe(trx, before), created: false };
    await saveSite(trx, row);
    await refuseLoops(trx, row);
    const reason = before ? 'Changed' : 'Created';
    const message = `${reason.toLowerCase()} by ${by}`;
    await record(trx, { projectId, reason, message, by, about: `site/${row.name}` });
    return { tag: row, body: await describe(trx, row), created: !before };
  };

  return {
    async put(object: SiteObject, by: Write, dryRun: boolean): Promise<Tagged<SiteResource>> {
      const { result } = await changeIntent(by.projectId, (trx) => write(trx, object, by), { dryRun });
      return dryRun ? { ...result, created: false } : result;
    },

    async get(projectId: string, name: string): Promise<Tagged<SiteResource>> {
      const row = await findSite(db, projectId, name);
      if (!row) throw notFound('site', name);
      return { tag: row, body: await describe(db, row) };
    },

    async list(projectId: string): Promise<SiteResource[]> {
      const rows = await listSites(db, projectId);
      const names = new Map(rows.map(({ id, name }) => [id, name]));
      return rows.map((row) =>
        resourceOf(row, row.parent_id === null ? undefined : names.get(row.parent_id)),
      );
    },

    /** Rejects with `Conflict` while a device, a token or another site refers to it. */
    async remove(name: string, { projectId, by, preconditions }: Write): Promise<void> {
      await changeIntent(
        projectId,
        async (trx) => {
          const row = await findSite(trx, projectId, name);
          checkPreconditions(preconditions, row && entityTag(row));
          if (!row) throw notFound('site', name);
          await refuseUsed(trx, row);
          await deleteSite(trx, row.id);
          await record(trx, {
            projectId,
            reason: 'Deleted',
            message: `deleted by ${by}`,
            by,
            about: `site/${name}`,
          });
        },
        { devices: () => [] },
      );
    },
  };
}

async function describe(db: Executor, row: SiteRow): Promise<SiteResource> {
  if (row.parent_id === null) return resourceOf(row, undefined);
  const parent = await db
    .selectFrom('sites')
    .select('name')
    .where('id', '=', row.parent_id)
    .executeTakeFirst();
  return resourceOf(row, parent?.name);
}

function resourceOf(row: SiteRow, parent: string | undefined): SiteResource {
  const { id, name, created_at: createdAt, updated_at: updatedAt, generation } = row;
  return {
    apiVersion,
    kind: 'Site',
    metadata: { name, labels: JSON.parse(row.labels), id, createdAt, updatedAt, generation },
    spec: { ...JSON.parse(row.spec), ...(parent !== undefined && { parent }) },
  };
}

const isSame = (a: SiteRow, b: SiteRow) =>
  a.spec === b.spec && a.labels === b.labels && a.parent_id === b.parent_id;

async function refuseLoops(db: Executor, row: SiteRow): Promise<void> {
  let parent = row.parent_id;
  for (let depth = 1; parent !== null; depth++) {
    if (parent === row.id || depth > deepestNesting) {
      const why =
        parent === row.id ? 'a site cannot be part of itself' : `sites nest ${deepestNesting} deep at most`;
      throw hubError('InvalidRequest', why, { pointer: '/spec/parent' });
    }
    const above = await db
      .selectFrom('sites')
      .select('parent_id')
      .where('id', '=', parent)
      .executeTakeFirst();
    parent = above?.parent_id ?? null;
  }
}

async function refuseUsed(db: Executor, { id, name }: SiteRow): Promise<void> {
  const device = await db.selectFrom('devices').select('name').where('site_id', '=', id).executeTakeFirst();
  if (device) throw hubError('Conflict', `the device “${device.name}” is at the site “${name}”`);
  const part = await db.selectFrom('sites').select('name').where('parent_id', '=', id).executeTakeFirst();
  if (part) throw hubError('Conflict', `the site “${part.name}” is part of “${name}”`);
}
