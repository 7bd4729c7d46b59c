import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import type { RequestOptions } from 'node:https';
import { connect as connectTcp, createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { identityUri, upTopic } from '@skerry/contracts';
import { isSkerryError } from '@skerry/kit';
import { nodeClock, nodeDisk, nodeRandom } from '@skerry/kit/node';
import { until } from '@skerry/testkit';
import { openAuthority } from '../identity/authority.ts';
import { keyFolder, pemChain } from '../identity/key-folder.ts';
import { ask, type Credentials, join, type TestDevice } from '../testing/device.ts';
import { startTestHub, type TestHub } from '../testing/device-side.ts';
import { connectMqtt } from '../testing/mqtt.ts';

describe('the device port', () => {
  let hub: TestHub;
  let port = 0;
  let device: TestDevice;
  let wss = '';
  let mqtts = '';
  before(async () => {
    hub = await startTestHub();
    port = hub.side.port;
    device = await join(port, await hub.token());
    wss = `wss://127.0.0.1:${port}/mqtt`;
    mqtts = `mqtts://127.0.0.1:${hub.side.mqttPort}`;
  });
  after(() => hub.close());

  const desired = (credentials: Credentials) => ask(port, 'GET', '/link/v1/desired', credentials);

  const refusedEverywhere = async (credentials: Credentials, why: RegExp) => {
    const answer = await desired(credentials);
    assert.equal(answer.status, 401);
    assert.match(answer.json().detail, why);
    const id = device.joined.deviceId;
    await assert.rejects(connectMqtt(wss, credentials, id), 'MQTT over WebSocket');
    await assert.rejects(connectMqtt(mqtts, credentials, id), 'MQTT over TLS');
  };

  test('a device with its certificate is served, on all three ways', async () => {
    assert.equal((await desired(device)).status, 200);
    for (const url of [wss, mqtts]) {
      const link = await connectMqtt(url, device, device.joined.deviceId);
      await link.close();
    }
  });

  test('nobody is served without a certificate', () => refusedEverywhere({}, /no certificate/));

  test('a certificate of another authority is refused', async () => {
    const foreign = await foreignAuthority(hub);
    await refusedEverywhere(await foreign('device'), /did not sign/);
  });

  test('the hub’s own certificate is no device', async () => {
    const { serverCertificate } = hub.side;
    const key = serverCertificate.key.export({ type: 'pkcs8', format: 'pem' }).toString();
    await refusedEverywhere({ key, cert: pemChain(serverCertificate.chain()) }, /did not sign|not meant/);
  });

  for (const version of ['TLSv1.2', 'TLSv1.3'] as const)
    test(`a session that is resumed without a certificate is refused (${version})`, async () => {
      const only = { minVersion: version, maxVersion: version };
      const session = await sessionOf(port, { ...device, ...only });
      assert.ok(session, 'the server gave no session to resume: nothing is tested');
      const answer = await ask(port, 'GET', '/link/v1/desired', {
        tls: { ...only, session } as RequestOptions,
      });
      assert.equal(answer.status, 401);
    });

  test('a revoked device is cut off at once, and not let in again', async () => {
    const revoked = await join(port, await hub.token());
    const link = await connectMqtt(wss, revoked, revoked.joined.deviceId);
    await hub.side.identities.revoke(hub.context.db, revoked.joined.deviceId);
    hub.side.identities.disconnect(revoked.joined.deviceId);
    await link.ended;
    const answer = await desired(revoked);
    assert.equal(answer.status, 401);
    assert.match(answer.json().detail, /revoked/);
    const renewal = await ask(port, 'POST', '/link/v1/renew', { ...revoked, body: {} });
    assert.equal(renewal.status, 401);
    assert.equal((await desired(device)).status, 200);
  });

  test('a second connection of the same device takes over from the first', async () => {
    const id = device.joined.deviceId;
    const first = await connectMqtt(wss, device, id);
    const second = await connectMqtt(mqtts, device, id);
    await first.ended;
    assert.ok(second.client.connected);
    await second.close();
  });

  test('a client id that is another device’s is refused, and the other goes on', async () => {
    const other = await join(port, await hub.token());
    const link = await connectMqtt(wss, other, other.joined.deviceId);
    await assert.rejects(connectMqtt(wss, device, other.joined.deviceId), /[Nn]ot authorized/);
    assert.ok(link.client.connected);
    await link.close();
    await denialOnRecord(hub, device.joined.deviceId, /client id/);
  });

  test('publishing, subscribing and a will on another’s topic are refused', async () => {
    const other = await join(port, await hub.token());
    const theirs = upTopic(other.joined, 'hello');
    const liar = await join(port, await hub.token());
    const id = liar.joined.deviceId;

    const publisher = await connectMqtt(wss, liar, id);
    publisher.client.publish(theirs, '{}');
    await publisher.ended;

    const subscriber = await connectMqtt(mqtts, liar, id);
    for (const topic of [
      theirs.replace('up/hello', 'down/ack'),
      'skerry/#',
      '#',
      '$SYS/#',
      theirs.replace(other.joined.deviceId, '+'),
    ]) {
      await assert.rejects(subscriber.client.subscribeAsync(topic), /128|Unspecified/, topic);
    }
    await subscriber.close();

    const will = { topic: theirs, payload: Buffer.from('{}'), qos: 0 as const, retain: false };
    await assert.rejects(connectMqtt(wss, liar, id, { will }));
    await assert.rejects(
      connectMqtt(wss, liar, id, { will: { ...will, topic: upTopic(liar.joined, 'hello') } }),
    );
    await denialOnRecord(hub, id, /another device’s/);
  });

  test('retained messages and QoS 2 are refused on own topics too', async () => {
    const own = upTopic(device.joined, 'report');
    for (const options of [{ retain: true }, { qos: 2 as const }]) {
      const link = await connectMqtt(wss, device, device.joined.deviceId);
      link.client.publish(own, '{}', options, () => {});
      await link.ended;
    }
  });

  for (const way of ['wss', 'mqtts'] as const)
    test(`a packet of 10 MB cuts the connection before it is taken (${way})`, async () => {
      const link = await connectMqtt(way === 'wss' ? wss : mqtts, device, device.joined.deviceId);
      link.client.publish(upTopic(device.joined, 'report'), Buffer.alloc(10_000_000), () => {});
      await link.ended;
    });

  test('what is no MQTT is cut off', async () => {
    const socket = connectTls({
      port: hub.side.mqttPort,
      host: '127.0.0.1',
      rejectUnauthorized: false,
      ...device,
    });
    socket.write('GET / HTTP/1.1\r\n\r\n');
    socket.on('error', () => {});
    socket.resume();
    await once(socket, 'close');
  });

  test('what is no TLS is cut off, and the port goes on', async () => {
    const socket = connectTcp(port, '127.0.0.1');
    socket.on('error', () => {});
    socket.write('hello\r\n\r\n');
    socket.resume();
    await once(socket, 'close');
    assert.equal((await desired(device)).status, 200);
  });

  test('an address that is none is refused, and costs nobody else a connection', async () => {
    const link = await connectMqtt(wss, device, device.joined.deviceId);
    for (const path of ['//', '/\\\\', 'http://[', '*']) {
      const socket = connectTls({ host: '127.0.0.1', port, rejectUnauthorized: false });
      socket.write(`GET ${path} HTTP/1.1\r\nHost: hub\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`);
      assert.match(await text(socket), /^HTTP\/1\.1 404 /, path);
    }
    await link.close();
  });

  test('another address than /mqtt is no WebSocket', async () => {
    await assert.rejects(connectMqtt(`wss://127.0.0.1:${port}/other`, device, device.joined.deviceId));
  });

  test('errors are problem+json', async () => {
    const answer = await ask(port, 'GET', '/nowhere', device);
    assert.equal(answer.status, 404);
    assert.match(String(answer.headers['content-type']), /^application\/problem\+json/);
  });
});

test('one address may hold only so many connections without identity, and devices come in beside them', async () => {
  const hub = await startTestHub();
  const { port } = hub.side;
  const device = await join(port, await hub.token());
  const strangers = Array.from({ length: 110 }, () => {
    const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false });
    socket.on('error', () => {});
    socket.resume();
    return socket;
  });
  const cut = new Promise<void>((resolve) => {
    let left = 10;
    for (const socket of strangers) socket.once('close', () => --left === 0 && resolve());
  });
  await cut;
  assert.equal((await ask(port, 'GET', '/link/v1/desired', device)).status, 200);
  for (const socket of strangers) socket.destroy();
  await hub.close();
});

test('whoever is in the midst of a handshake keeps no port open', async () => {
  const hub = await startTestHub();
  const begun = [hub.side.port, hub.side.mqttPort].map((port) => connectTcp(port, '127.0.0.1'));
  await Promise.all(begun.map((socket) => once(socket.on('error', () => {}).resume(), 'connect')));
  // They have been taken once somebody who came later is served.
  await ask(hub.side.port, 'GET', '/join/v1/chain');
  const cut = Promise.all(begun.map((socket) => once(socket, 'close')));
  await hub.close();
  await cut;
});

test('a port in use is said by name', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as { port: number };
  await assert.rejects(
    startTestHub({ port }),
    (error) => isSkerryError(error, 'PortInUse') && /--devices-listen/.test(error.next),
  );
  taken.close();
});

/** Certificates of another hub that calls itself this one. */
async function foreignAuthority(hub: TestHub) {
  const { hubId } = (await ask(hub.side.port, 'GET', '/join/v1/chain')).json();
  const keys = keyFolder(nodeDisk(), `${hub.data}/foreign`);
  const authority = await openAuthority({ hubId, keys, clock: nodeClock(), random: nodeRandom() });
  return async (kind: 'device'): Promise<Credentials> => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const device = await hub.context.db.selectFrom('devices').selectAll().executeTakeFirstOrThrow();
    const uri = identityUri({ kind, hubId, projectId: device.project_id, deviceId: device.id });
    const [leaf] = await authority.issueForDevice({
      commonName: 'x',
      publicKey,
      usages: ['clientAuth'],
      uri,
      life: 60_000,
    });
    const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    return { key, cert: pemChain([leaf, authority.deviceIssuer]) };
  };
}

async function sessionOf(port: number, options: object): Promise<Buffer | undefined> {
  const socket: TLSSocket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options });
  let session: Buffer | undefined;
  socket.on('session', (given) => {
    session = given;
  });
  socket.resume();
  await once(socket, 'secureConnect');
  socket.write('GET /link/v1/desired HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n\r\n');
  await once(socket, 'close');
  return session ?? socket.getSession();
}

async function denialOnRecord({ context }: TestHub, deviceId: string, message: RegExp): Promise<void> {
  const denials = context.db
    .selectFrom('events')
    .select('message')
    .where('device_id', '=', deviceId)
    .where('reason', '=', 'TopicRefused');
  const isThere = async () => (await denials.execute()).some((row) => message.test(row.message));
  await until(isThere, { what: `a denial ${message} is on record`, deadline: 5_000 });
}
