import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  type Busy,
  downKinds,
  downTopic,
  type HttpsDown,
  maxPacketBytes,
  type Welcome,
} from '@skerry/contracts';
import { ask, type Credentials, join, type TestDevice } from '../testing/device.ts';
import { startTestHub, type TestHub } from '../testing/device-side.ts';
import { connectMqtt } from '../testing/mqtt.ts';

const inventory = { hostname: 'e', platform: 'linux', arch: 'x64', cores: 2, memory: 1, agentVersion: '0' };
const uuid = () => crypto.randomUUID();

describe('the link over HTTPS', () => {
  let hub: TestHub;
  before(async () => {
    hub = await startTestHub();
  });
  after(() => hub.close());

  const joined = async () => join(hub.side.port, await hub.token());
  const connect = async (device: TestDevice) => {
    const opened = await ask(hub.side.port, 'POST', '/link/v1/connections', device);
    assert.equal(opened.status, 201);
    const path = `/link/v1/connections/${opened.json().id}`;
    const say = async (kind: string, n: number, message: object | Buffer, as: Credentials = device) => {
      const body = Buffer.isBuffer(message) ? message : Buffer.from(JSON.stringify(message));
      const headers = { 'content-type': 'application/octet-stream' };
      return (await ask(hub.side.port, 'POST', `${path}/up/${kind}?n=${n}`, { ...as, body, headers })).status;
    };
    const listen = async (after: number, hold = 30, as: Credentials = device) => {
      const answer = await ask(hub.side.port, 'GET', `${path}/down?after=${after}&hold=${hold}`, as);
      return answer.status === 200 ? (answer.json() as HttpsDown).messages : answer.status;
    };
    const end = () => ask(hub.side.port, 'DELETE', path, device);
    return { say, listen, end };
  };
  const hello = (session = uuid()) => ({
    protocol: 1,
    features: [],
    session,
    bootId: uuid(),
    streams: [],
    inventory,
  });
  const connection = async ({ joined: { deviceId } }: TestDevice) => {
    const row = await hub.context.db
      .selectFrom('devices')
      .select(['connected', 'connection_reason'])
      .where('id', '=', deviceId)
      .executeTakeFirstOrThrow();
    return `${row.connected} ${row.connection_reason}`;
  };
  /** The last word of a connection that is over. */
  const isToldWhy = async ({ listen }: Awaited<ReturnType<typeof connect>>, after = 0) => {
    const told = (await listen(after)) as HttpsDown['messages'];
    const { n, kind, message } = told.at(-1)!;
    assert.deepEqual([kind, (message as Busy).reason], ['busy', 'SessionTakenOver']);
    assert.equal(await listen(n), 404);
  };
  const until = async (holds: () => Promise<boolean>) => {
    const signal = AbortSignal.timeout(8_000);
    while (!(await holds())) {
      signal.throwIfAborted();
      await new Promise((resolve) => setImmediate(resolve));
    }
  };

  test('the same conversation as over MQTT, and people see by what', async () => {
    const device = await joined();
    const { say, listen, end } = await connect(device);
    const session = uuid();
    assert.equal(await say('hello', 1, hello(session)), 204);
    const [welcome] = (await listen(0)) as HttpsDown['messages'];
    assert.deepEqual([welcome?.n, welcome?.kind], [1, 'welcome']);
    assert.equal((welcome!.message as Welcome).session, session);
    assert.equal(await connection(device), '1 HttpsPoll');
    assert.equal((await end()).status, 204);
    assert.equal(await listen(1), 404);
    await until(async () => (await connection(device)) === '0 LinkLost');
  });

  test('what was not confirmed comes again; a message said twice is taken once', async () => {
    const device = await joined();
    const { say, listen } = await connect(device);
    await say('hello', 1, hello());
    await say('hello', 1, hello());
    const first = (await listen(0)) as HttpsDown['messages'];
    assert.deepEqual(await listen(0), first, 'the answer was lost');
    assert.equal(first.length, 1);
    assert.deepEqual(await listen(1, 0), []);
    await say('hello', 2, hello());
    assert.deepEqual(
      ((await listen(1)) as HttpsDown['messages']).map(({ n }) => n),
      [2],
    );
    assert.equal(await say('hello', 4, hello()), 404, 'one is missing');
  });

  test('a question is held until there is something; a later one takes its place', async () => {
    const device = await joined();
    const { say, listen } = await connect(device);
    const held = listen(0);
    const later = listen(0);
    assert.deepEqual(await Promise.race([held, later]), []);
    await say('hello', 1, hello());
    const answers = (await Promise.all([held, later])) as HttpsDown['messages'][];
    assert.equal(answers.flat().length, 1);
  });

  test('of two connections of a device the newer wins, whatever carries them', async () => {
    const device = await joined();
    const { deviceId } = device.joined;
    const first = await connect(device);
    const second = await connect(device);
    await isToldWhy(first);
    await second.say('hello', 1, hello());
    await second.listen(0);
    const mqtt = await connectMqtt(`mqtts://127.0.0.1:${hub.side.mqttPort}`, device, deviceId);
    await isToldWhy(second, 1);
    await mqtt.client.subscribeAsync(downKinds.map((kind) => downTopic(device.joined, kind)));
    mqtt.client.publish(`skerry/v1/${device.joined.projectId}/${deviceId}/up/hello`, JSON.stringify(hello()));
    await mqtt.next(downTopic(device.joined, 'welcome'));
    assert.equal(await connection(device), '1 MqttOverTls');
    const third = await connect(device);
    const { reason } = await mqtt.next<Busy>(downTopic(device.joined, 'busy'));
    assert.equal(reason, 'SessionTakenOver');
    await mqtt.ended;
    await third.say('hello', 1, hello());
    assert.equal(((await third.listen(0)) as HttpsDown['messages']).length, 1);
    assert.equal(await connection(device), '1 HttpsPoll');
  });

  test('another device’s connection is none; what is too large or no link message is refused', async () => {
    const device = await joined();
    const other = await joined();
    const { say, listen } = await connect(device);
    assert.equal(await say('hello', 1, hello(), other), 404);
    assert.equal(await listen(0, 0, other), 404);
    assert.equal(await listen(0, 0, {}), 401);
    assert.equal(await say('batch', 1, Buffer.alloc(maxPacketBytes + 1)), 413);
    assert.equal(await say('nonsense', 1, hello()), 400);
    assert.equal(await say('hello', 1, {}), 204, 'taken; people are warned, as over MQTT');
  });

  test('a device that was revoked is heard no more', async () => {
    const device = await joined();
    const { say, listen } = await connect(device);
    await say('hello', 1, hello());
    await listen(0);
    await hub.side.identities.revoke(hub.context.db, device.joined.deviceId);
    hub.side.identities.disconnect(device.joined.deviceId);
    assert.equal(await listen(1, 0), 401);
    await until(async () => (await connection(device)) === '0 LinkLost');
  });
});
