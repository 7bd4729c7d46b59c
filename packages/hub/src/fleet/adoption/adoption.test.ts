import assert from 'node:assert/strict';
import { createPublicKey, X509Certificate } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { codeOfProblem, identityUri } from '@skerry/contracts';
import { nodeDisk } from '@skerry/kit/node';
import { until } from '@skerry/testkit';
import { openAuthority } from '../../identity/authority.ts';
import { keyFolder } from '../../identity/key-folder.ts';
import { rotateIssuing } from '../../identity/rotate.ts';
import { peopleService } from '../../people/service.ts';
import { ask, credentialsOf, join, newKey, type TestDevice } from '../../testing/device.ts';
import { startTestHub, type TestHub } from '../../testing/device-side.ts';
import { connectMqtt } from '../../testing/mqtt.ts';
import * as store from './store.ts';

const inventory = {
  hostname: 'till',
  platform: 'linux',
  arch: 'x64',
  cores: 2,
  memory: 1e9,
  agentVersion: '0.1.0',
};

describe('a device that the hub has forgotten', () => {
  let hub: TestHub;
  before(async () => {
    hub = await startTestHub();
  });
  after(() => hub.close());

  const introduce = (device: TestDevice, name = 'till') =>
    ask(hub.side.port, 'POST', '/link/v1/introduction', { ...device, body: { name, inventory } });
  const people = (method: 'GET' | 'POST', path: string, payload?: object) =>
    hub.api.inject({
      method,
      url: `/api/v1/projects/default/${path}`,
      headers: { authorization: `Bearer ${hub.adminToken}` },
      ...(payload && { payload }),
    });
  const waiting = async () =>
    (await people('GET', 'waiting-devices')).json().items as { id: string; name: string }[];

  /** As a restore from a backup that is older than the device leaves it. */
  const forgotten = async (name: string) => {
    const device = await join(hub.side.port, await hub.token(), undefined, name);
    const { db } = hub.context;
    const { deviceId } = device.joined;
    await db.deleteFrom('devices').where('id', '=', deviceId).execute();
    await db.deleteFrom('certificates').where('device_id', '=', deviceId).execute();
    return { device, id: deviceId };
  };

  test('is let in nowhere, and may say that it is there', async () => {
    const { device, id } = await forgotten('stranger');
    assert.equal((await ask(hub.side.port, 'GET', '/link/v1/desired', device)).status, 401);
    await assert.rejects(connectMqtt(`wss://127.0.0.1:${hub.side.port}/mqtt`, device, id));
    const answer = await introduce(device);
    assert.equal(answer.json().standing, 'waiting');
    const [listed] = (await waiting()).filter((one) => one.id === id);
    assert.equal(listed?.name, 'till');
    const { message } = await hub.context.db
      .selectFrom('events')
      .select('message')
      .where('device_id', '=', id)
      .where('reason', '=', 'AwaitsAdmission')
      .executeTakeFirstOrThrow();
    assert.match(message, new RegExp(`skerry device admit ${id}`));
  });

  test('is served under its old id once a person has let it in', async () => {
    const { device, id } = await forgotten('lost');
    await introduce(device, 'lost');
    const { name } = (await people('POST', `devices/${id}/admission`, {})).json();
    assert.equal(name, 'lost');
    assert.equal((await ask(hub.side.port, 'GET', '/link/v1/desired', device)).status, 200);
    assert.equal((await introduce(device)).json().standing, 'member');
    const { db } = hub.context;
    const known = await db.selectFrom('certificates').select('serial').where('device_id', '=', id).execute();
    assert.equal(known.length, 1, 'its certificate is on record, so that it can be revoked');
    assert.deepEqual(
      (await waiting()).filter((one) => one.id === id),
      [],
    );
  });

  test('is let in with the certificate that it has, also when its authority was replaced meanwhile', async () => {
    const { device, id } = await forgotten('overtaken');
    const { hubId, chain } = (await ask(hub.side.port, 'GET', '/join/v1/chain')).json();
    const [before] = chain;
    const options = { ...hub.context, hubId, keys: keyFolder(nodeDisk(), `${hub.data}/keys`) };
    const stolen = await openAuthority(options);
    await rotateIssuing(options);
    const isTakenUp = async () =>
      (await ask(hub.side.port, 'GET', '/join/v1/chain')).json().chain[0] !== before;
    await until(isTakenUp, { what: 'the hub goes on with the new keys', deadline: 10_000 });
    assert.equal((await ask(hub.side.port, 'GET', '/link/v1/desired', device)).status, 401);
    assert.equal((await introduce(device, 'overtaken')).json().standing, 'waiting');
    await people('POST', `devices/${id}/admission`, {});
    assert.equal((await ask(hub.side.port, 'GET', '/link/v1/desired', device)).status, 200);

    const keys = newKey();
    const { joined } = device;
    const uri = identityUri({ kind: 'device', ...joined });
    const wish = {
      commonName: id,
      publicKey: createPublicKey(keys.privateKey),
      usages: ['clientAuth'] as const,
      uri,
    };
    const forged = (await stolen.issueForDevice({ ...wish, life: 60_000 })).map(String);
    const thief = { joined, keys, ...credentialsOf(keys, forged) };
    assert.equal((await ask(hub.side.port, 'GET', '/link/v1/desired', thief)).status, 401);
    const waits = async () => (await introduce(thief, 'overtaken')).status === 200;
    await until(waits, { what: 'it may ask', deadline: 5_000 });
    const events = hub.context.db.selectFrom('events').select('message').where('device_id', '=', id);
    const messages = (await events.execute()).map(({ message }) => message);
    assert.ok(messages.some((message) => /overtaken, at .* shows a key .* no record/.test(message)));
  });

  test('is told from another that claims to be it', async () => {
    const { device, id } = await forgotten('twice');
    await introduce(device, 'twice');
    const [first] = await store.claimsOf(hub.context.db, id);
    const other = new X509Certificate(
      (await join(hub.side.port, await hub.token(), undefined, 'twice')).cert,
    );
    const seen = Array.from({ length: 4 }, (_, nr) => ({
      ...first!,
      certificate: other.toString(),
      fingerprint: `sha256:${nr}`,
      last_seen_at: `2026-01-0${nr + 1}T00:00:00.000Z`,
    }));
    await store.deleteClaims(hub.context.db, id, [first!.fingerprint]);
    for (const row of seen) await store.putWaiting(hub.context.db, row);
    const asks = async () => (await introduce(device, 'twice')).status === 200;
    await until(asks, { what: 'it may ask again', deadline: 5_000 });
    const events = hub.context.db.selectFrom('events').select('message').where('device_id', '=', id);
    const messages = (await events.execute()).map(({ message }) => message);
    assert.ok(messages.some((message) => /another key than the one that waits at/.test(message)));
    assert.deepEqual(
      (await store.claimsOf(hub.context.db, id)).map(({ fingerprint }) => fingerprint),
      [first!.fingerprint, 'sha256:3', 'sha256:2', 'sha256:1'],
      'the one that has not asked for longest makes room',
    );
  });

  test('gets the name that the person wants, if it is free', async () => {
    const { device, id } = await forgotten('other');
    await introduce(device, 'other');
    assert.equal((await people('POST', `devices/${id}/admission`, { name: 'lost' })).statusCode, 409);
    assert.equal((await people('POST', `devices/${id}/admission`, { name: 'found' })).json().name, 'found');
  });

  test('is told not to ask all the time', async () => {
    const { device } = await forgotten('eager');
    await introduce(device);
    assert.equal((await introduce(device)).status, 429);
  });

  test('asks the more seldom the more there are that wait', async (t) => {
    const { device, id } = await forgotten('first');
    await introduce(device);
    const { db } = hub.context;
    const row = (await store.claimsOf(db, id))[0]!;
    const crowd = Array.from({ length: 2_000 }, () => ({ ...row, device_id: crypto.randomUUID() }));
    await db.insertInto('device_claims').values(crowd).execute();
    t.after(() => db.deleteFrom('device_claims').where('fingerprint', '=', row.fingerprint).execute());
    const answer = await introduce((await forgotten('last')).device);
    assert.ok(answer.json().retryAfterMs >= 100_000, 'they ask twenty times a second');
  });

  test('a device that was removed is refused, and nobody is asked', async () => {
    const device = await join(hub.side.port, await hub.token(), undefined, 'gone');
    const { deviceId } = device.joined;
    await hub.context.db
      .insertInto('removed_devices')
      .values({ device_id: deviceId, removed_at: '2026-01-01T00:00:00.000Z' })
      .execute();
    await hub.context.db.deleteFrom('devices').where('id', '=', deviceId).execute();
    const answer = await introduce(device);
    assert.equal(codeOfProblem(answer.json().type), 'CertificateRefused');
    assert.ok((await waiting()).every(({ id }) => id !== deviceId));
  });

  test('nobody else is let near', async () => {
    assert.equal((await ask(hub.side.port, 'POST', '/link/v1/introduction', { body: {} })).status, 401);
    const { context, projectId } = hub;
    const viewer = await peopleService(context).create({ projectId, name: 'eve', role: 'viewer', by: 'ada' });
    const asks = async (method: 'GET' | 'POST', path: string, token?: string) => {
      const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
      return (await hub.api.inject({ method, url: `/api/v1/projects/default/${path}`, headers })).statusCode;
    };
    assert.equal(await asks('GET', 'waiting-devices'), 401);
    assert.equal(await asks('POST', 'devices/lost/admission'), 401);
    assert.equal(await asks('GET', 'waiting-devices', viewer.token), 200);
    assert.equal(await asks('POST', 'devices/lost/admission', viewer.token), 403);
  });
});
