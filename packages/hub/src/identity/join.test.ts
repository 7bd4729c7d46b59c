import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { codeOfProblem, fingerprintOf, verifyIdentity } from '@skerry/contracts';
import { ask, credentialsOf, join, joinBody, newKey, renewBody } from '../testing/device.ts';
import { startTestHub, type TestHub } from '../testing/device-side.ts';
import { connectMqtt } from '../testing/mqtt.ts';

const codeOf = (answer: { json(): { type: string } }) => codeOfProblem(answer.json().type);
const derOf = (pem: string) => new X509Certificate(pem).raw;

describe('joining', () => {
  let hub: TestHub;
  let port = 0;
  before(async () => {
    hub = await startTestHub();
    port = hub.side.port;
  });
  after(() => hub.close());

  const eventsOf = async (reason: string) =>
    hub.context.db.selectFrom('events').selectAll().where('reason', '=', reason).execute();
  const devices = async () => (await hub.context.db.selectFrom('devices').select('id').execute()).length;
  const tryJoin = (body: object) => ask(port, 'POST', '/join/v1/devices', { body });

  test('the chain ends at the root whose fingerprint the token carries', async () => {
    const { root } = await hub.token();
    const { chain, hubId } = (await ask(port, 'GET', '/join/v1/chain')).json();
    assert.equal(fingerprintOf(derOf(chain.at(-1))), root);
    assert.match(hubId, /^[0-9a-f-]{36}$/);
  });

  test('the server proves itself under that root, to whoever pins it', async () => {
    const { chain } = (await ask(port, 'GET', '/join/v1/chain')).json();
    let seen: Buffer[] = [];
    const checkServerIdentity = (
      _host: string,
      peer: { raw: Buffer; issuerCertificate: { raw: Buffer } },
    ) => {
      seen = [peer.raw, peer.issuerCertificate.raw];
      return undefined;
    };
    const tls = {
      ca: chain.at(-1),
      rejectUnauthorized: true,
      checkServerIdentity: checkServerIdentity as never,
    };
    assert.equal((await ask(port, 'GET', '/join/v1/chain', { tls })).status, 200);
    const trust = { root: derOf(chain.at(-1)), now: Date.now() };
    assert.equal(verifyIdentity(seen, { ...trust, kind: 'hub' }).ok, true);
    assert.equal(verifyIdentity(seen, { ...trust, kind: 'device' }).ok, false);
  });

  test('a device gets a certificate for its own key, and the name that it wished', async () => {
    const { joined, keys } = await join(port, await hub.token(), newKey(), 'harbour');
    assert.equal(joined.name, 'harbour');
    assert.deepEqual(joined.addresses, hub.side.addresses);
    const verdict = verifyIdentity(joined.chain.map(derOf), {
      root: derOf(joined.chain[2]!),
      now: Date.now(),
      kind: 'device',
      hubId: joined.hubId,
      projectId: joined.projectId,
    });
    assert.ok(verdict.ok);
    assert.equal(verdict.leaf.publicKey.export({ type: 'spki', format: 'pem' }), keys.publicPem);
    assert.equal((await eventsOf('Joined')).filter(({ about }) => about === 'device/harbour').length, 1);
  });

  test('a lost reply costs a try: the same key gets the same device again', async () => {
    const token = await hub.token();
    const keys = newKey();
    const first = await join(port, token, keys);
    const before = await devices();
    const second = await join(port, token, keys);
    assert.equal(second.joined.deviceId, first.joined.deviceId);
    assert.equal(await devices(), before);
    assert.equal((await ask(port, 'GET', '/link/v1/desired', second)).status, 200);
  });

  test('another key is refused, and that is on record', async () => {
    const token = await hub.token();
    await join(port, token);
    const answer = await tryJoin(joinBody(token, newKey()));
    assert.equal(answer.status, 401);
    assert.equal(codeOf(answer), 'TokenUsed');
    const refusals = await eventsOf('TokenRefused');
    assert.ok(
      refusals.some(({ about, severity }) => about === `device-token/${token.id}` && severity === 'Warning'),
    );
  });

  test('of many keys at once, a token for three admits three', async () => {
    const token = await hub.token({ uses: 3 });
    const tries = Array.from({ length: 8 }, () => tryJoin(joinBody(token, newKey())));
    const answers = await Promise.all(tries);
    assert.equal(answers.filter(({ status }) => status === 200).length, 3);
    assert.ok(
      answers.filter(({ status }) => status !== 200).every((answer) => codeOf(answer) === 'TokenUsed'),
    );
  });

  test('of one key many times at once, one device comes', async () => {
    const token = await hub.token();
    const body = joinBody(token, newKey());
    const answers = await Promise.all(Array.from({ length: 6 }, () => tryJoin(body)));
    assert.equal(new Set(answers.map((answer) => answer.json().deviceId)).size, 1);
  });

  test('a forged secret, an unknown token and a revoked one are told apart by nobody', async () => {
    const token = await hub.token();
    const forged = await tryJoin(joinBody({ ...token, secret: 'A'.repeat(43) }, newKey()));
    const unknown = await tryJoin(
      joinBody({ ...token, id: '01890000-0000-7000-8000-000000000000' }, newKey()),
    );
    assert.deepEqual([forged.status, codeOf(forged)], [401, 'TokenInvalid']);
    assert.deepEqual(forged.json(), unknown.json());
  });

  test('a revoked token admits nobody', async () => {
    const token = await hub.token();
    const url = `/api/v1/projects/default/device-tokens/${token.id}`;
    const headers = { authorization: `Bearer ${hub.adminToken}` };
    assert.equal((await hub.api.inject({ method: 'DELETE', url, headers })).statusCode, 204);
    assert.equal(codeOf(await tryJoin(joinBody(token, newKey()))), 'TokenInvalid');
    const list = await hub.api.inject({ url: '/api/v1/projects/default/device-tokens', headers });
    const listed = list.json().items.find(({ id }: { id: string }) => id === token.id);
    assert.deepEqual([listed.revoked, listed.uses, listed.used, listed.token], [true, 1, 0, undefined]);
  });

  test('an expired token admits nobody new, and still answers the key that used it', async () => {
    const token = await hub.token({ uses: 2 });
    const keys = newKey();
    const { joined } = await join(port, token, keys);
    await hub.context.db
      .updateTable('device_tokens')
      .set({ expires_at: '2020-01-01T00:00:00.000Z' })
      .where('id', '=', token.id)
      .execute();
    assert.equal(codeOf(await tryJoin(joinBody(token, newKey()))), 'TokenExpired');
    assert.equal((await join(port, token, keys)).joined.deviceId, joined.deviceId);
  });

  test('a key that the device does not hold is refused', async () => {
    const token = await hub.token();
    const body = { ...joinBody(token, newKey()), publicKey: newKey().publicPem };
    assert.equal(codeOf(await tryJoin(body)), 'ProofInvalid');
    assert.equal(codeOf(await tryJoin({ ...body, publicKey: 'nonsense' })), 'ProofInvalid');
  });

  test('the secret is nowhere in the hub’s database', async () => {
    const token = await hub.token();
    const rows = await hub.context.db.selectFrom('device_tokens').selectAll().execute();
    assert.ok(rows.some(({ id }) => id === token.id));
    assert.ok(!JSON.stringify(rows).includes(token.secret));
  });

  test('a token fixes name, site and labels', async () => {
    const at = new Date().toISOString();
    const site = {
      project_id: hub.projectId,
      parent_id: null,
      labels: '{}',
      spec: '{}',
      generation: 1,
      created_at: at,
      updated_at: at,
    };
    await hub.context.db
      .insertInto('sites')
      .values({ ...site, id: 's1', name: 'quay' })
      .execute();
    const token = await hub.token({ deviceName: 'quay-1', site: 'quay', labels: { kind: 'meter' } });
    const { joined } = await join(port, token, newKey(), 'something-else');
    assert.equal(joined.name, 'quay-1');
    const row = await hub.context.db
      .selectFrom('devices')
      .selectAll()
      .where('id', '=', joined.deviceId)
      .executeTakeFirstOrThrow();
    assert.deepEqual([row.site_id, JSON.parse(row.labels)], ['s1', { kind: 'meter' }]);
  });

  test('a certificate is renewed with the same key or a new one, each proven', async () => {
    const device = await join(port, await hub.token());
    const next = newKey();
    const renewed = await ask(port, 'POST', '/link/v1/renew', {
      ...device,
      body: renewBody(device.joined.deviceId, next),
    });
    assert.equal(renewed.status, 200);
    const credentials = credentialsOf(next, renewed.json().chain);
    assert.equal((await ask(port, 'GET', '/link/v1/desired', credentials)).status, 200);
    const unproven = { ...renewBody(device.joined.deviceId, next), publicKey: newKey().publicPem };
    assert.equal(
      codeOf(await ask(port, 'POST', '/link/v1/renew', { ...device, body: unproven })),
      'ProofInvalid',
    );
    const foreign = renewBody('01890000-0000-7000-8000-000000000000', next);
    assert.equal(
      codeOf(await ask(port, 'POST', '/link/v1/renew', { ...device, body: foreign })),
      'ProofInvalid',
    );
    assert.equal(
      (await ask(port, 'POST', '/link/v1/renew', { body: renewBody(device.joined.deviceId, next) })).status,
      401,
    );
  });
});

test('a device whose certificate has ended can renew it, and nothing else', async () => {
  const hub = await startTestHub({ deviceCertificateLife: -1000 });
  const { port } = hub.side;
  const device = await join(port, await hub.token());
  const refused = await ask(port, 'GET', '/link/v1/desired', device);
  assert.equal(codeOf(refused), 'CertificateRefused');
  assert.match(refused.json().detail, /ended/);
  const elsewhere = [
    ['GET', '/v2/'],
    ['GET', '/v2/default/models/digits/manifests/1'],
    ['POST', '/v2/default/models/digits/blobs/uploads/'],
    ['POST', '/link/v1/connections'],
    ['POST', `/link/v1/connections/${device.joined.deviceId}/up/hello`],
    ['GET', `/link/v1/connections/${device.joined.deviceId}/down`],
    ['GET', '/nowhere'],
  ] as const;
  for (const [method, path] of elsewhere) {
    assert.equal((await ask(port, method, path, device)).status, 401, `${method} ${path}`);
  }
  const id = device.joined.deviceId;
  await assert.rejects(connectMqtt(`wss://127.0.0.1:${port}/mqtt`, device, id), 'MQTT over WebSocket');
  await assert.rejects(connectMqtt(`mqtts://127.0.0.1:${hub.side.mqttPort}`, device, id), 'MQTT over TLS');
  const body = renewBody(device.joined.deviceId, device.keys);
  assert.equal((await ask(port, 'POST', '/link/v1/renew', { ...device, body })).status, 200);
  const foreign = renewBody('01890000-0000-7000-8000-000000000000', device.keys);
  assert.equal((await ask(port, 'POST', '/link/v1/renew', { ...device, body: foreign })).status, 401);
  await hub.close();
});

test('a device that is revoked gets no other certificate, and is let in again when it is admitted', async () => {
  const hub = await startTestHub();
  const { port } = hub.side;
  const device = await join(port, await hub.token({ deviceName: 'lost' }));
  const say = async (verb: string) => {
    const url = `/api/v1/projects/default/devices/lost/${verb}`;
    const headers = { authorization: `Bearer ${hub.adminToken}` };
    const { statusCode } = await hub.api.inject({ method: 'POST', url, headers });
    assert.ok(statusCode < 300, `${statusCode}`);
  };
  const desired = async () => (await ask(port, 'GET', '/link/v1/desired', device)).status;
  const body = renewBody(device.joined.deviceId, device.keys);
  const link = await connectMqtt(`wss://127.0.0.1:${port}/mqtt`, device, device.joined.deviceId);
  await say('revoke');
  await link.ended;
  assert.equal(await desired(), 401);
  assert.equal((await ask(port, 'POST', '/link/v1/renew', { ...device, body })).status, 401);
  await say('admission');
  assert.equal(await desired(), 200);
  await hub.close();
});
