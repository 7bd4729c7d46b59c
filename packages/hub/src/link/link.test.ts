import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import {
  type Ack,
  type BatchHeader,
  digestOf,
  downKinds,
  downTopic,
  emptyStreamHash,
  encodeBatch,
  joinEvents,
  nextStreamHash,
  openDesired,
  type StreamState,
  upTopic,
  type Welcome,
} from '@skerry/contracts';
import { sql } from 'kysely';
import { restoredOrCloned } from '../continuity/read-model.ts';
import { ask, join, type TestDevice } from '../testing/device.ts';
import { startTestHub, type TestHub } from '../testing/device-side.ts';
import { connectMqtt } from '../testing/mqtt.ts';
import { idInFork } from './forks.ts';

const uuid = () => crypto.randomUUID();
const inventory = {
  hostname: 'edge',
  platform: 'linux',
  arch: 'x64',
  cores: 2,
  memory: 1e9,
  agentVersion: '0.1.0',
};

const eventText = (id: string, more: object = {}) =>
  JSON.stringify({
    specversion: '1.0',
    id,
    source: '/cameras/1',
    type: 'dev.skerry.result.v1',
    time: '2026-01-02T03:04:05Z',
    bootid: 'b',
    bootms: 1,
    timeknown: true,
    data: { id },
    ...more,
  });
const texts = (from: number, count: number) =>
  Array.from({ length: count }, (_, index) => eventText(`f${from + index}`));
const hashOver = (list: readonly string[], before = emptyStreamHash) => list.reduce(nextStreamHash, before);
const unknownStream: StreamState = {
  producer: 'runtime',
  stream: 'result',
  epoch: 0,
  lowest: 1,
  next: 1,
  acknowledged: 0,
  hash: emptyStreamHash,
};

describe('the link', () => {
  let hub: TestHub;
  let hasSpace = true;
  before(async () => {
    hub = await startTestHub({ hasSpace: () => hasSpace });
  });
  after(() => hub.close());

  /** A device with a live session. */
  const open = async (device: TestDevice, state: Partial<StreamState> = {}) => {
    const { projectId, deviceId } = device.joined;
    const link = await connectMqtt(`wss://127.0.0.1:${hub.side.port}/mqtt`, device, deviceId);
    await link.client.subscribeAsync(downKinds.map((kind) => downTopic(device.joined, kind)));
    const session = uuid();
    const say = (kind: 'hello' | 'report' | 'batch', message: object | Uint8Array) =>
      link.client.publish(
        upTopic({ projectId, deviceId }, kind),
        message instanceof Uint8Array ? Buffer.from(message) : JSON.stringify(message),
        { qos: 1 },
      );
    const streams = [{ ...unknownStream, ...state }];
    const greet = () =>
      say('hello', { protocol: 1, features: [], session, bootId: uuid(), streams, inventory });
    greet();
    const welcome: Welcome = await link.next(downTopic(device.joined, 'welcome'));
    const send = async (
      header: Partial<BatchHeader>,
      events: readonly string[],
      body?: Uint8Array,
    ): Promise<Ack> => {
      const whole = {
        session,
        producer: 'runtime',
        stream: 'result',
        epoch: 1,
        first: 1,
        count: events.length,
        ...header,
      };
      say('batch', encodeBatch(whole as BatchHeader, body ?? gzipSync(joinEvents(events))));
      return link.next(downTopic(device.joined, 'ack'));
    };
    return { link, welcome, session, send, say, greet, order: welcome.streams[0]! };
  };

  const joined = async () => join(hub.side.port, await hub.token());
  const stored = async ({ joined: { deviceId } }: TestDevice) =>
    (
      await hub.context.db
        .selectFrom('messages')
        .select(['event_id', 'epoch', 'number'])
        .where('device_id', '=', deviceId)
        .orderBy('epoch')
        .orderBy('number')
        .execute()
    ).map(({ event_id, epoch, number }) => `${event_id}@${epoch}/${number}`);
  const events = async ({ joined: { deviceId } }: TestDevice, reason: string) =>
    hub.context.db
      .selectFrom('events')
      .selectAll()
      .where('device_id', '=', deviceId)
      .where('reason', '=', reason)
      .execute();
  const unique = async ({ joined: { deviceId } }: TestDevice) =>
    (await restoredOrCloned(hub.context.db, [deviceId])).get(deviceId);
  const connected = async ({ joined: { deviceId } }: TestDevice) =>
    (
      await hub.context.db
        .selectFrom('devices')
        .select('connected')
        .where('id', '=', deviceId)
        .executeTakeFirstOrThrow()
    ).connected;
  const until = async (holds: () => Promise<boolean>) => {
    const signal = AbortSignal.timeout(8_000);
    while (!(await holds())) {
      signal.throwIfAborted();
      await new Promise((resolve) => setImmediate(resolve));
    }
  };

  test('hello is welcomed with the hub’s time, a first epoch and the desired state’s name', async () => {
    const device = await joined();
    const { link, welcome, session, order } = await open(device);
    assert.equal(welcome.session, session);
    assert.ok(Math.abs(Date.parse(welcome.time) - Date.now()) < 60_000);
    assert.deepEqual(order, {
      producer: 'runtime',
      stream: 'result',
      epoch: 1,
      expected: 1,
      hash: emptyStreamHash,
    });
    assert.equal(welcome.reportVersion, 0);
    const answer = await ask(hub.side.port, 'GET', '/link/v1/desired', device);
    assert.equal(answer.headers.etag, welcome.desired);
    assert.equal(await connected(device), 1);
    await link.close();
    await until(async () => (await connected(device)) === 0);
    assert.equal((await events(device, 'Connected')).length, 1);
    assert.equal((await events(device, 'LinkLost')).length, 1);
  });

  test('a device that leaves while the database takes no write is shown as gone once it does', async (t) => {
    const { db, logger } = hub.context;
    const device = await joined();
    const { link } = await open(device);
    const warned = t.mock.method(logger, 'warn');
    await sql`create trigger no_write before update on devices begin select raise(fail, 'full'); end`.execute(
      db,
    );
    await link.close();
    await until(async () => warned.mock.callCount() > 0);
    await sql`drop trigger no_write`.execute(db);
    await until(async () => (await connected(device)) === 0);
    assert.equal((await events(device, 'LinkLost')).length, 1);
  });

  test('desired state is signed by this hub for this device, and 304 costs nothing', async () => {
    const device = await joined();
    const { hubId, projectId, deviceId, chain } = device.joined;
    const answer = await ask(hub.side.port, 'GET', '/link/v1/desired', device);
    const recipient = { hubId, projectId, root: new X509Certificate(chain[2]!).raw, now: Date.now() };
    const opened = openDesired(answer.json(), { ...recipient, deviceId });
    assert.ok(opened.ok);
    assert.equal(opened.statement.body, digestOf(answer.json().body));
    assert.deepEqual([opened.statement.epoch, opened.statement.version], [1, 1]);
    assert.equal(openDesired(answer.json(), { ...recipient, deviceId: uuid() }).ok, false);
    const headers = { 'if-none-match': String(answer.headers.etag) };
    const again = await ask(hub.side.port, 'GET', '/link/v1/desired', { ...device, headers });
    assert.deepEqual([again.status, again.body.length], [304, 0]);
  });

  test('a batch is persisted, then acknowledged with its hash', async () => {
    const device = await joined();
    const { link, send } = await open(device);
    const first = await send({}, texts(1, 3));
    assert.deepEqual([first.epoch, first.acknowledged, first.hash], [1, 3, hashOver(texts(1, 3))]);
    assert.deepEqual(await stored(device), ['f1@1/1', 'f2@1/2', 'f3@1/3']);
    const second = await send({ first: 4 }, texts(4, 2));
    assert.deepEqual([second.acknowledged, second.hash], [5, hashOver(texts(1, 5))]);
    await link.close();
  });

  test('after a lost acknowledgement nothing is stored twice, and the device goes on', async () => {
    const device = await joined();
    const first = await open(device);
    await first.send({}, texts(1, 3));
    await first.link.close();
    const again = await open(device, { epoch: 1, next: 6 });
    assert.deepEqual([again.order.epoch, again.order.expected], [1, 1]);
    const ack = await again.send({}, texts(1, 5));
    assert.deepEqual([ack.acknowledged, ack.hash], [5, hashOver(texts(1, 5))]);
    assert.equal((await stored(device)).length, 5);
    assert.equal((await events(device, 'RestoredOrCloned')).length, 0);
    await again.link.close();
  });

  test('a hello that comes once more, behind what was sent since, says nothing of the device', async () => {
    const device = await joined();
    const { link, send, greet } = await open(device);
    await send({}, texts(1, 3));
    greet();
    const ack = await send({ first: 4 }, texts(4, 1));
    assert.deepEqual([ack.epoch, ack.acknowledged], [1, 4]);
    assert.equal((await events(device, 'RestoredOrCloned')).length, 0);
    await link.close();
  });

  test('a gap is not acknowledged beyond', async () => {
    const device = await joined();
    const { link, send } = await open(device);
    await send({}, texts(1, 2));
    const ack = await send({ first: 5 }, texts(5, 2));
    assert.deepEqual([ack.acknowledged, ack.hash], [2, hashOver(texts(1, 2))]);
    assert.equal((await stored(device)).length, 2);
    await link.close();
  });

  test('a device that was set back gets a new epoch, and what it made anew arrives', async () => {
    const device = await joined();
    const before = await open(device);
    await before.send({}, texts(1, 6));
    await before.link.close();
    const restored = await open(device, {
      epoch: 1,
      next: 5,
      acknowledged: 2,
      lowest: 3,
      hash: hashOver(texts(1, 2)),
    });
    assert.deepEqual([restored.order.epoch, restored.order.expected], [2, 1]);
    assert.equal((await events(device, 'RestoredOrCloned')).length, 1);
    await restored.send({ epoch: 2 }, [eventText('f3'), eventText('f4'), eventText('new')]);
    assert.equal((await stored(device)).at(-1), 'new@2/3');
    assert.equal((await stored(device)).length, 7);
    await restored.link.close();
  });

  test('a device that was set back and has caught up since is found out when it repeats', async () => {
    const device = await joined();
    const before = await open(device);
    await before.send({}, texts(1, 2));
    await before.send({ first: 3 }, texts(3, 4));
    await before.link.close();
    const state = { epoch: 1, next: 9, acknowledged: 2, lowest: 3, hash: hashOver(texts(1, 2)) };
    const restored = await open(device, state);
    assert.deepEqual([restored.order.epoch, restored.order.expected], [1, 3]);
    const anew = [eventText('f3'), eventText('f4', { data: 'anew' }), eventText('other5')];
    const ack = await restored.send({ first: 3 }, anew);
    assert.deepEqual([ack.epoch, ack.acknowledged], [2, 0]);
    assert.equal((await events(device, 'RestoredOrCloned')).length, 1);
    assert.match((await unique(device))?.message ?? '', /^runtime\/result: number 5 is another message/);
    await restored.link.close();
    const again = await open(device, state);
    assert.equal((await again.send({ epoch: 2 }, anew)).acknowledged, 3);
    assert.deepEqual((await stored(device)).slice(6), [`${idInFork('f4', 1)}@2/2`, 'other5@2/3']);
    await again.link.close();
  });

  test('a hub that was restored goes on where the device can, and covers the rest with a notice', async () => {
    const device = await joined();
    const hash = 'ab'.repeat(32);
    const { link, order } = await open(device, { epoch: 3, lowest: 101, next: 120, acknowledged: 100, hash });
    assert.deepEqual([order.epoch, order.expected, order.hash], [3, 101, hash]);
    const notices = await hub.context.db
      .selectFrom('drop_notices')
      .selectAll()
      .where('device_id', '=', device.joined.deviceId)
      .execute();
    assert.deepEqual(
      notices.map(({ epoch, first_number, last_number, count, reason, written_by }) => [
        epoch,
        first_number,
        last_number,
        count,
        reason,
        written_by,
      ]),
      [
        [1, 1, 1, 1, 'epoch-lost', 'hub'],
        [3, 1, 100, 100, 'hub-restored', 'hub'],
      ],
    );
    const [told] = await events(device, 'Dropped');
    assert.match(
      told?.message ?? '',
      /^what runtime\/result delivered from number 1 of epoch 1 on is gone: /,
    );
    assert.match(
      told?.message ?? '',
      /100 of runtime\/result that were delivered are gone, numbers 1 to 100 of epoch 3: the hub was restored/,
    );
    await link.close();
  });

  test('an event that is none becomes a notice, one notice takes the numbers of all that it stands for, and those behind arrive', async () => {
    const device = await joined();
    const { link, send } = await open(device);
    const dropped = eventText('d1', {
      type: 'dev.skerry.dropped.v1',
      data: { count: 7, why: 'quota', ids: ['x'] },
    });
    const ack = await send({}, [eventText('a'), '{"specversion":"0.3"}', dropped, eventText('b')]);
    assert.equal(ack.acknowledged, 10);
    assert.deepEqual(await stored(device), ['a@1/1', 'b@1/10']);
    const notices = await hub.context.db
      .selectFrom('drop_notices')
      .selectAll()
      .where('device_id', '=', device.joined.deviceId)
      .orderBy('first_number')
      .execute();
    assert.deepEqual(
      notices.map((it) => [it.first_number, it.count, it.reason, it.written_by, it.ids]),
      [
        [2, 1, 'corrupt', 'hub', '[]'],
        [3, 7, 'quota', 'device', '["x"]'],
      ],
    );
    const told = await events(device, 'Dropped');
    assert.deepEqual(
      told.map(({ message }) => message),
      ['8 of runtime/result will never come: corrupt, quota'],
    );
    await link.close();
  });

  test('a batch that cannot be read is refused with a pause, and changes nothing', async () => {
    const device = await joined();
    const { link, send } = await open(device);
    const bomb = gzipSync(Buffer.alloc(4_000_000, 32));
    const faults = [Buffer.from('no gzip'), bomb, gzipSync('[]'), gzipSync(joinEvents(texts(1, 2)))];
    for (const body of faults) {
      const ack = await send({ count: 3 }, texts(1, 3), body);
      assert.deepEqual([ack.acknowledged, ack.hash], [0, emptyStreamHash]);
      assert.ok(ack.retryAfterMs! > 0);
    }
    assert.equal((await send({}, texts(1, 1))).acknowledged, 1);
    assert.equal((await events(device, 'InvalidRequest')).length, 1);
    await link.close();
  });

  test('without space nothing is taken and nothing acknowledged', async () => {
    const device = await joined();
    const { link, send } = await open(device);
    hasSpace = false;
    const ack = await send({}, texts(1, 2));
    hasSpace = true;
    assert.deepEqual([ack.acknowledged, ack.retryAfterMs], [0, 10_000]);
    assert.deepEqual(await stored(device), []);
    assert.equal((await send({}, texts(1, 2))).acknowledged, 2);
    await link.close();
  });

  test('a batch of an epoch that is over is told which one counts', async () => {
    const device = await joined();
    const { link, send } = await open(device);
    const ack = await send({ epoch: 9 }, texts(1, 2));
    assert.deepEqual([ack.epoch, ack.acknowledged], [1, 0]);
    await link.close();
  });

  test('what a device tells of itself is among the events, once', async () => {
    const device = await joined();
    const { link, send } = await open(device, { producer: 'agent', stream: 'event' });
    const data = {
      severity: 'Warning',
      reason: 'AcceptanceFailed',
      message: 'case 7',
      about: 'model/digits',
    };
    const told = eventText('e1', { type: 'dev.skerry.event.v1', data });
    await send({ producer: 'agent', stream: 'event' }, [told]);
    await send({ producer: 'agent', stream: 'event' }, [told]);
    const found = await events(device, 'AcceptanceFailed');
    assert.deepEqual(
      found.map(({ message, severity }) => [message, severity]),
      [['model/digits: case 7', 'Warning']],
    );
    await link.close();
  });

  test('reports are kept, and one that does not follow asks for the whole', async () => {
    const device = await joined();
    const { link, session, say } = await open(device);
    const twin = async () =>
      hub.context.db
        .selectFrom('twins')
        .selectAll()
        .where('device_id', '=', device.joined.deviceId)
        .executeTakeFirstOrThrow();
    say('report', { session, base: 0, version: 4, patch: { models: {}, outbox: { bytes: 1, quota: 2 } } });
    await until(async () => (await twin()).reported_version === 4);
    say('report', { session, base: 4, version: 5, patch: { outbox: { bytes: 9 } } });
    await until(async () => (await twin()).reported_version === 5);
    assert.deepEqual(JSON.parse((await twin()).reported).outbox, { bytes: 9, quota: 2 });
    say('report', { session, base: 77, version: 78, patch: {} });
    const welcome: Welcome = await link.next(downTopic(device.joined, 'welcome'));
    assert.deepEqual([welcome.reportVersion, welcome.streams], [5, []]);
    await link.close();
  });

  test('a nudge names the desired state', async () => {
    const device = await joined();
    const { link, welcome } = await open(device);
    hub.side.nudge([device.joined.deviceId, uuid()]);
    assert.deepEqual(await link.next(downTopic(device.joined, 'nudge')), { desired: welcome.desired });
    await link.close();
  });

  test('what is of no session is not taken', async () => {
    const device = await joined();
    const { link, send, say } = await open(device);
    const header = {
      session: uuid(),
      producer: 'runtime',
      stream: 'result',
      epoch: 1,
      first: 1,
      count: 1,
    } as const;
    say('batch', encodeBatch(header, gzipSync(joinEvents(texts(1, 1)))));
    say('batch', Buffer.from('rubbish'));
    say('hello', { protocol: 'x' });
    assert.equal((await send({}, texts(1, 1))).acknowledged, 1);
    assert.deepEqual(await stored(device), ['f1@1/1']);
    await link.close();
  });
});
