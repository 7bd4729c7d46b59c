import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DeviceTokenRequest, JoinToken } from '@skerry/contracts';
import { decodeJoinToken } from '@skerry/contracts';
import { lifetime, silentLogger } from '@skerry/kit';
import { nodeClock, nodeCompression, nodeDisk, nodeRandom } from '@skerry/kit/node';
import type { FastifyInstance } from 'fastify';
import { buildApi } from '../api/server.ts';
import type { HubContext } from '../context.ts';
import { openPostgres, openSqlite } from '../db/open.ts';
import { type DeviceSide, type DeviceSideOptions, startDeviceSide } from '../devices.ts';
import { hubContext } from '../hub-context.ts';
import { installHub } from '../installation/service.ts';
import { peopleService } from '../people/service.ts';
import { projectNamed } from '../projects/read-model.ts';

/** The side of a hub that devices meet, real but for its process: on free ports of loopback, on a folder of its own. */
export interface TestHub {
  readonly context: HubContext;
  readonly side: DeviceSide;
  readonly projectId: string;
  readonly data: string;
  /** The people's API with what devices need of it, and the token of an admin. */
  readonly api: FastifyInstance;
  readonly adminToken: string;
  /** A join token that an admin made. */
  token(request?: DeviceTokenRequest): Promise<JoinToken>;
  close(): Promise<void>;
}

type Overrides = Partial<Omit<DeviceSideOptions, 'context' | 'life' | 'data'>>;

/** PostgreSQL that hubs share, and the data folder of another one whose keys this one has too. */
export interface SharedBy {
  readonly database: string;
  readonly keysOf?: string;
}

export async function startTestHub(overrides: Overrides = {}, shared?: SharedBy): Promise<TestHub> {
  const data = await mkdtemp(join(tmpdir(), 'skerry-hub-'));
  if (shared?.keysOf) await cp(join(shared.keysOf, 'keys'), join(data, 'keys'), { recursive: true });
  const clock = nodeClock();
  const life = lifetime({ clock, logger: silentLogger });
  const db = await life.start(
    'database',
    () => (shared ? openPostgres(shared.database) : openSqlite(join(data, 'hub.db'), clock)),
    (it) => it.destroy(),
  );
  const context = hubContext({
    db,
    clock,
    random: nodeRandom(),
    logger: silentLogger,
    onDesiredChanged: () => {},
  });
  await installHub(context);
  const side = await startDeviceSide({
    context,
    life,
    disk: nodeDisk(),
    compression: nodeCompression(),
    data,
    host: '127.0.0.1',
    port: 0,
    mqttPort: 0,
    advertise: ['127.0.0.1'],
    deviceCertificateLife: 3_600_000,
    reserveBytes: 0,
    hasSpace: () => true,
    hasPeers: shared !== undefined,
    ...overrides,
  });
  const projectId = (await projectNamed(db, 'default')).id;
  const { token: adminToken } = await peopleService(context).create({
    projectId,
    name: shared?.keysOf ? 'bob' : 'ada',
    role: 'admin',
    by: 'hub',
  });
  const { projectRoutes, openRoutes } = side;
  const api = await buildApi({ db, logger: silentLogger, version: '0', projectRoutes, openRoutes });
  const token = async (payload: DeviceTokenRequest = {}) => {
    const url = '/api/v1/projects/default/device-tokens';
    const headers = { authorization: `Bearer ${adminToken}` };
    const answer = await api.inject({ method: 'POST', url, headers, payload });
    return decodeJoinToken(answer.json().token)!;
  };
  const close = async () => {
    await api.close();
    await life.stop();
    await rm(data, { recursive: true });
  };
  return { context, side, projectId, data, api, adminToken, token, close };
}
