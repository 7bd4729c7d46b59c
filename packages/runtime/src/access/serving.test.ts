import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { Agent, type RequestOptions, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it, type TestContext } from 'node:test';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { apiKey, hashOfApiKey } from '@skerry/contracts';
import { lifetime, silentLogger } from '@skerry/kit';
import { nodeClock, nodeDisk } from '@skerry/kit/node';
import { manualClock } from '@skerry/kit/testing';
import { respond } from '../http/respond.ts';
import { type Handler, router } from '../http/router.ts';
import { drain, httpServer, listen } from '../http/server.ts';
import { respondError } from '../serving/rest/errors.ts';
import { until } from '../until.ts';
import { guardRoutes } from './guard-routes.ts';
import { openSecurity } from './security.ts';
import { type TestCertificate, type TestLeaf, testAuthority } from './test-authority.ts';

const key = apiKey('till', new Uint8Array(32).fill(7));
const keyFile = (entries: string) =>
  `apiVersion: skerry.dev/v1alpha1\nkind: KeySet\nmetadata: { name: keys }\nspec:\n  keys: {${entries}}\n`;
const tillMay = `till: { hash: '${hashOfApiKey(key)}', models: [digits] }`;
const plantMay = `plant: { certificate: plant.example.com, models: [digits] }, uri: { certificate: 'urn:plant:2', models: [digits] }`;
const server: TestLeaf = { commonName: 'box', usage: 'serverAuth' };

interface Wish {
  readonly keys?: string;
  /** Asks clients for certificates below this authority. */
  readonly clientCa?: string;
  readonly connections?: number;
}

/** A real server on a free port that answers 200 to whoever may. */
async function open(t: TestContext, { keys, clientCa, connections = 100 }: Wish) {
  const authority = await testAuthority();
  const folder = await mkdtemp(join(tmpdir(), 'skerry-access-'));
  const path = (name: string) => join(folder, name);
  const put = async ({ cert, key: own }: TestCertificate) => {
    await writeFile(path('cert'), cert);
    await writeFile(path('key'), own);
  };
  await put(await authority.issue(server));
  if (clientCa) await writeFile(path('clients'), clientCa);
  if (keys !== undefined) await writeFile(path('keys.yaml'), keyFile(keys));
  const life = lifetime({ clock: nodeClock(), logger: silentLogger });
  t.after(() => life.stop().then(() => rm(folder, { recursive: true })));
  const clock = manualClock(Date.now());
  const files = {
    tls: { cert: path('cert'), key: path('key'), ...(clientCa && { clientCa: path('clients') }) },
    ...(keys !== undefined && { keys: path('keys.yaml') }),
  };
  const security = await openSecurity(files, { disk: nodeDisk(), clock, logger: silentLogger, life });
  const ok: Handler = (_request, response) => respond(response, 200, 'text/plain', 'ok');
  const routes = ['/v2/models/:model/infer', '/v2/health/live'].map((it) => ({
    path: it,
    verbs: { GET: ok },
  }));
  const limits = { headMs: 5_000, requestMs: 5_000, idleMs: 5_000, headBytes: 16_384, connections };
  const listening = httpServer(
    router(guardRoutes(routes, security.authorize, security.certificateOf)),
    (response, error) => respondError(response, error, silentLogger),
    limits,
    security.tls,
  );
  const port = await listen(listening, { host: '127.0.0.1', port: 0, search: false, flag: '--port' });
  await life.start(
    'server',
    () => {},
    () => drain(listening, 100),
  );
  const ask = (more: RequestOptions = {}, path = '/v2/models/digits/infer') =>
    answerOf({ host: '127.0.0.1', port, path, ca: authority.ca, agent: false, ...more });
  return { authority, path, put, ask, port, poll: () => clock.advance(2_000), clock };
}

interface Answer {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly socket: TLSSocket;
}

function answerOf(options: RequestOptions): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(options, (incoming) => {
      const answer = { status: incoming.statusCode!, headers: incoming.headers, socket: incoming.socket };
      incoming.resume().once('end', () => resolve(answer as Answer));
    });
    outgoing.once('error', reject).end();
  });
}

const withKey = { headers: { authorization: `Bearer ${key}` } };
const kept = (t: TestContext) => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  t.after(() => agent.destroy());
  return agent;
};

it('asks for a key, says how, and leaves health open', async (t) => {
  const { ask } = await open(t, { keys: tillMay });
  const refused = await ask();
  assert.deepEqual([refused.status, refused.headers['www-authenticate']], [401, 'Bearer']);
  assert.equal((await ask(withKey)).status, 200);
  assert.equal((await ask(withKey, '/v2/models/tiny/infer')).status, 403);
  assert.equal((await ask({}, '/v2/health/live')).status, 200);
});

it('a key that is revoked is refused on a connection that lives', async (t) => {
  const { ask, path, poll } = await open(t, { keys: tillMay });
  const agent = kept(t);
  const before = await ask({ ...withKey, agent });
  await writeFile(path('keys.yaml'), keyFile(''));
  await until(async () => {
    await poll();
    const now = await ask({ ...withKey, agent });
    // The refusal itself came on the same connection, and ended it.
    return now.status === 401 && now.socket === before.socket;
  });
  await writeFile(path('keys.yaml'), keyFile(tillMay));
  await until(async () => {
    await poll();
    return (await ask({ ...withKey, agent })).status === 200;
  });
});

it('mutual TLS lets in certificates of the authority, by name and by model', async (t) => {
  const clients = await testAuthority();
  const { ask } = await open(t, { keys: plantMay, clientCa: clients.ca });
  const plant = await clients.issue({ commonName: 'plant.example.com', usage: 'clientAuth' });
  const byUri = await clients.issue({ commonName: 'x', uri: 'urn:plant:2', usage: 'clientAuth' });
  const unknown = await clients.issue({ commonName: 'other', usage: 'clientAuth' });
  assert.equal((await ask(plant)).status, 200);
  assert.equal((await ask(byUri)).status, 200);
  assert.equal((await ask(plant, '/v2/models/tiny/infer')).status, 403);
  assert.equal((await ask(unknown)).status, 401);
});

it('mutual TLS refuses who shows no certificate, an expired one, a foreign one, or one of a server', async (t) => {
  const [clients, strangers] = [await testAuthority(), await testAuthority()];
  const { ask } = await open(t, { clientCa: clients.ca });
  const plant: TestLeaf = { commonName: 'plant.example.com', usage: 'clientAuth' };
  const refused = {
    none: {},
    expired: await clients.issue({ ...plant, notAfter: Date.now() - 60_000 }),
    foreign: await strangers.issue(plant),
    server: await clients.issue({ ...plant, usage: 'serverAuth' }),
  };
  for (const [what, certificate] of Object.entries(refused))
    await assert.rejects(ask(certificate), /alert|socket|ECONN/i, what);
  assert.equal((await ask(await clients.issue(plant))).status, 200);
});

it('a certificate that ends while its connection lives is refused on it', async (t) => {
  const clients = await testAuthority();
  const { ask, clock } = await open(t, { clientCa: clients.ca });
  const plant = await clients.issue({ commonName: 'plant', usage: 'clientAuth' });
  const agent = kept(t);
  const before = await ask({ ...plant, agent });
  clock.setNow(Date.now() + 2 * 3_600_000);
  const after = await ask({ ...plant, agent });
  assert.deepEqual([before.status, after.status, after.socket === before.socket], [200, 401, true]);
});

it('no session is resumed where certificates are asked for', async (t) => {
  const clients = await testAuthority();
  const { authority, port } = await open(t, { clientCa: clients.ca });
  const plant = await clients.issue({ commonName: 'plant', usage: 'clientAuth' });
  for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
    const options = { host: '127.0.0.1', port, ca: authority.ca, maxVersion };
    const first = await connected({ ...options, ...plant });
    await assert.rejects(
      connected({ ...options, session: first.getSession() }),
      /alert|closed|ECONN/i,
      maxVersion,
    );
    first.destroy();
  }
});

it('takes a renewed certificate without cutting a connection', async (t) => {
  const { ask, authority, put, poll } = await open(t, { keys: tillMay });
  const agent = kept(t);
  const first = await ask({ ...withKey, agent });
  const serial = first.socket.getPeerCertificate().serialNumber;
  await put(await authority.issue(server));
  await until(async () => {
    await poll();
    const fresh = await ask(withKey);
    return fresh.socket.getPeerCertificate().serialNumber !== serial;
  });
  const last = await ask({ ...withKey, agent });
  assert.deepEqual([last.status, last.socket === first.socket], [200, true]);
});

it('a connection too many is told so and closed; another is let in when one has gone', async (t) => {
  const { ask } = await open(t, { keys: tillMay, connections: 1 });
  const agent = kept(t);
  assert.equal((await ask({ ...withKey, agent })).status, 200);
  const refused = await ask(withKey);
  assert.deepEqual([refused.status, refused.headers.connection], [503, 'close']);
  assert.ok(refused.headers['retry-after']);
  agent.destroy();
  await until(async () => (await ask(withKey)).status === 200);
});

/** A connection on which a byte came back: with TLS 1.3 a client is through before the server has looked at it. */
function connected(options: ConnectionOptions): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect(options);
    socket.once('secureConnect', () => socket.write('GET /v2/health/live HTTP/1.1\r\nHost: box\r\n\r\n'));
    socket.once('data', () => resolve(socket));
    socket.once('error', reject).once('close', () => reject(new Error('closed')));
  });
}
