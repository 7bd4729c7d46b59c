import {
  type DeviceToken,
  type deviceTokenRequest,
  encodeJoinToken,
  fingerprintOf,
  type newDeviceToken,
} from '@skerry/contracts';
import { uuidv7 } from '@skerry/kit';
import type { z } from 'zod';
import type { HubContext } from '../context.ts';
import { hubError, notFound } from '../errors.ts';
import { hashOf, newSecret } from '../secret.ts';
import { siteIdNamed, sitesOf } from '../sites/read-model.ts';
import { nowText, timeText } from '../time.ts';
import type { Authority } from './authority.ts';
import { insertToken, listTokens, revokeToken } from './store.ts';
import type { DeviceTokenRow } from './tables.ts';

export type NewDeviceToken = z.output<typeof newDeviceToken>;

export interface DeviceTokens {
  create(
    projectId: string,
    request: z.output<typeof deviceTokenRequest>,
    by: string,
  ): Promise<NewDeviceToken>;
  list(projectId: string): Promise<DeviceToken[]>;
  revoke(projectId: string, id: string, by: string): Promise<void>;
}

export interface DeviceTokenOptions {
  readonly context: HubContext;
  readonly authority: Authority;
  /** `https://HOST:PORT` of the device port, as devices reach it. */
  readonly addresses: () => readonly string[];
}

export function deviceTokens({ context, authority, addresses }: DeviceTokenOptions): DeviceTokens {
  const { db, clock, random, record } = context;

  const describe = (row: DeviceTokenRow, site: string | undefined): DeviceToken => ({
    id: row.id,
    createdAt: row.created_at,
    createdBy: row.created_by,
    expiresAt: row.expires_at,
    uses: row.uses,
    used: row.used,
    revoked: row.revoked_at !== null,
    ...(row.device_name !== null && { deviceName: row.device_name }),
    ...(site !== undefined && { site }),
    labels: JSON.parse(row.labels),
  });

  return {
    async create(projectId, request, by) {
      if (request.deviceName && request.uses !== 1)
        throw hubError('InvalidRequest', 'a token that fixes the device’s name is good for one device', {
          pointer: '/uses',
        });
      const secret = newSecret(random);
      const row: DeviceTokenRow = {
        id: uuidv7(clock, random),
        project_id: projectId,
        secret_sha256: hashOf(secret),
        device_name: request.deviceName ?? null,
        site_id: request.site === undefined ? null : await siteIdNamed(db, projectId, request.site, '/site'),
        labels: JSON.stringify(request.labels),
        uses: request.uses,
        used: 0,
        created_at: nowText(clock),
        created_by: by,
        expires_at: timeText(clock.now() + request.expiresInSeconds * 1000),
        revoked_at: null,
      };
      await db.transaction().execute(async (trx) => {
        await insertToken(trx, row);
        const message = `a join token for ${row.uses} ${row.uses === 1 ? 'device' : 'devices'} was made`;
        await record(trx, { projectId, reason: 'Created', message, by, about: aboutToken(row.id) });
      });
      const root = fingerprintOf(authority.root.raw);
      const token = encodeJoinToken({ addresses: [...addresses()], root, id: row.id, secret });
      return { ...describe(row, request.site), token };
    },

    async list(projectId) {
      const sites = await sitesOf(db, projectId);
      const siteOf = ({ site_id }: DeviceTokenRow) => sites.get(site_id ?? '')?.name;
      return (await listTokens(db, projectId)).map((row) => describe(row, siteOf(row)));
    },

    revoke: (projectId, id, by) =>
      db.transaction().execute(async (trx) => {
        if (!(await revokeToken(trx, projectId, id, nowText(clock)))) throw notFound('device token', id);
        const message = 'the join token was revoked';
        await record(trx, { projectId, reason: 'Revoked', message, by, about: aboutToken(id) });
      }),
  };
}

export const aboutToken = (id: string) => `device-token/${id}`;
