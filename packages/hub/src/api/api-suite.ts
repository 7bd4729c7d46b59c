import assert from 'node:assert/strict';
import { digestOf, type Inventory, type Labels } from '@skerry/contracts';
import { silentLogger } from '@skerry/kit';
import type { FastifyInstance } from 'fastify';
import type { HubContext } from '../context.ts';
import { projectFeatures } from '../features.ts';
import { fleetMembership } from '../fleet/membership.ts';
import { peopleService } from '../people/service.ts';
import { projectNamed } from '../projects/read-model.ts';
import { computeDesires } from '../twins/change-intent.ts';
import { buildApi } from './server.ts';

/** The people's API over a test's context, spoken to without a network. */
export interface TestApi {
  readonly app: FastifyInstance;
  readonly projectId: string;
  readonly adminToken: string;
  readonly revoked: string[];
  /** As the admin, unless `token` says otherwise. */
  ask(
    method: Method,
    path: string,
    request?: { body?: unknown; headers?: Record<string, string>; token?: string },
  ): Promise<Answer>;
  join(name: string, device?: { labels?: Labels; siteId?: string }): Promise<string>;
}
type Method = 'GET' | 'PUT' | 'POST' | 'DELETE';
export interface Answer {
  readonly status: number;
  readonly headers: Record<string, unknown>;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every kind.
  readonly body: any;
}

export const inventory: Inventory = {
  hostname: 'shop',
  platform: 'linux',
  arch: 'arm64',
  cores: 4,
  memory: 4 * 2 ** 30,
  agentVersion: '0.1.0',
};

/** Registries in tests have what this says was pushed. */
export const pushedDigest = (text: string) => digestOf(text);

let tokens = 0;

export async function testApi(context: HubContext): Promise<TestApi> {
  const { id: projectId } = await projectNamed(context.db, 'default');
  const name = `tester-${++tokens}`;
  const { token: adminToken } = await peopleService(context).create({
    projectId,
    name,
    role: 'admin',
    by: 'hub',
  });
  const revoked: string[] = [];
  const identities = {
    revoke: async (_: unknown, id: string) => void revoked.push(id),
    disconnect: () => {},
  };
  const findPushed = async () => ({ size: 1234, license: 'CC-BY-4.0' });
  const projectRoutes = projectFeatures(context, { identities, findPushed });
  const app = await buildApi({
    db: context.db,
    logger: silentLogger,
    version: '0.0.0',
    projectRoutes,
    openRoutes: [],
  });
  const membership = fleetMembership(context, async (trx, project, id) => {
    await computeDesires(context, trx, project, [id]);
  });
  return {
    app,
    projectId,
    adminToken,
    revoked,
    async ask(method, path, { body, headers = {}, token = adminToken } = {}) {
      const answer = await app.inject({
        method,
        url: path.startsWith('/api') ? path : `/api/v1/projects/default${path}`,
        headers: { ...(token && { authorization: `Bearer ${token}` }), ...headers },
        ...(body !== undefined && { payload: body as object }),
      });
      const isJson = /json/.test(String(answer.headers['content-type']));
      return {
        status: answer.statusCode,
        headers: answer.headers,
        body: isJson ? answer.json() : answer.body,
      };
    },
    async join(name, { labels = {}, siteId } = {}) {
      const device = { projectId, name: { fixed: name }, siteId: siteId ?? null, labels, inventory };
      const { deviceId } = await context.db.transaction().execute((trx) => membership.addDevice(trx, device));
      return deviceId;
    },
  };
}

/** The answer's body, when its status is the one expected; otherwise the test fails with what came instead. */
export function expectStatus(answer: Answer, status: number): Answer['body'] {
  assert.equal(answer.status, status, JSON.stringify(answer.body));
  return answer.body;
}
