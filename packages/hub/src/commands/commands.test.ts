import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  type Command,
  type CommandAnswer,
  type CommandResource,
  commandResource,
  downKinds,
  downTopic,
  upTopic,
} from '@skerry/contracts';
import { join, type TestDevice } from '../testing/device.ts';
import { startTestHub, type TestHub } from '../testing/device-side.ts';
import { connectMqtt } from '../testing/mqtt.ts';

const uuid = () => crypto.randomUUID();
const inventory = { hostname: 'e', platform: 'linux', arch: 'x64', cores: 2, memory: 1, agentVersion: '0' };

describe('commands', () => {
  let hub: TestHub;
  before(async () => {
    hub = await startTestHub();
  });
  after(() => hub.close());

  const request = async (method: 'GET' | 'POST', path: string, payload?: object, token = hub.adminToken) => {
    const url = `/api/v1/projects/default/devices/${path}`;
    const headers = { authorization: `Bearer ${token}` };
    const answer = await hub.api.inject({ method, url, headers, ...(payload && { payload }) });
    return { status: answer.statusCode, headers: answer.headers, body: answer.json() };
  };
  const send = async (device: string, payload: object): Promise<CommandResource> => {
    const { status, body } = await request('POST', `${device}/commands`, payload);
    assert.equal(status, 202, JSON.stringify(body));
    return commandResource.parse(body);
  };
  const look = async ({ device, id }: CommandResource, waitSeconds = 8): Promise<CommandResource> =>
    commandResource.parse((await request('GET', `${device}/commands/${id}?waitSeconds=${waitSeconds}`)).body);

  const joined = (name: string) =>
    hub.token({ deviceName: name }).then((token) => join(hub.side.port, token));

  /** A device with a live session. */
  const open = async (device: TestDevice) => {
    const link = await connectMqtt(`wss://127.0.0.1:${hub.side.port}/mqtt`, device, device.joined.deviceId);
    await link.client.subscribeAsync(downKinds.map((kind) => downTopic(device.joined, kind)));
    const session = uuid();
    const say = (kind: 'hello' | 'answer', message: object) =>
      link.client.publishAsync(upTopic(device.joined, kind), JSON.stringify(message), { qos: 1 });
    await say('hello', { protocol: 1, features: [], session, bootId: uuid(), streams: [], inventory });
    await link.next(downTopic(device.joined, 'welcome'));
    const next = () => link.next<Command>(downTopic(device.joined, 'command'));
    const answer = ({ id }: Command, more: Partial<CommandAnswer> = {}) =>
      say('answer', { id, session, outcome: 'done', ...more });
    return { session, next, answer, close: link.close };
  };

  const events = async (device: TestDevice) =>
    (
      await hub.context.db
        .selectFrom('events')
        .select(['reason', 'message', 'actor'])
        .where('device_id', '=', device.joined.deviceId)
        .where('reason', 'like', 'Command%')
        .orderBy('id')
        .execute()
    ).map(({ reason, message, actor }) => `${actor}: ${reason}: ${message}`);

  test('one that is asked in a live session is sent with the time that is left, and its answer is kept', async () => {
    const device = await joined('alive');
    const it = await open(device);
    const made = await send('alive', { kind: 'ping', ttlSeconds: 60 });
    const command = await it.next();
    assert.deepEqual([command.id, command.session, command.kind], [made.id, it.session, 'ping']);
    assert.deepEqual([command.number, command.settled], [1, 0]);
    assert.ok(command.leftMs > 50_000 && command.leftMs <= 60_000);
    assert.doesNotMatch(JSON.stringify(command), /\d{4}-\d\d-\d\dT/, 'no date goes over the link');
    await it.answer(command, { result: { all: 'well' } });
    const done = await look(made);
    assert.deepEqual([done.state, done.result, done.by], ['done', { all: 'well' }, 'ada']);
    await it.answer(command, { outcome: 'failed' });
    assert.equal((await look(made)).state, 'done', 'the first answer counts');
    assert.deepEqual(await events(device), [
      'ada: Commanded: ada asks for ping',
      'device/alive: CommandDone: ping, which ada asked for: done',
    ]);
    await it.close();
  });

  test('those for a device that is away wait, and are sent in their order when it is back', async () => {
    const device = await joined('away');
    const first = await send('away', { kind: 'check' });
    await send('away', { kind: 'restart-runtime' });
    assert.equal(first.state, 'queued');
    const it = await open(device);
    const came = [await it.next(), await it.next()];
    assert.deepEqual(
      came.map(({ kind }) => kind),
      ['check', 'restart-runtime'],
    );
    assert.equal((await look(first, 0)).state, 'sent');
    await it.close();
    const again = await open(device);
    const repeated = [await again.next(), await again.next()];
    assert.deepEqual(
      repeated.map(({ id }) => id),
      came.map(({ id }) => id),
      'unanswered, it is asked again',
    );
    assert.ok(repeated.every(({ session }) => session === again.session));
    await again.answer(repeated[0]!);
    await look(first);
    await send('away', { kind: 'ping' });
    assert.equal((await again.next()).settled, 1, 'the device may forget what is settled');
    await again.close();
  });

  test('messages go one by one, so that they arrive in their order', async () => {
    const device = await joined('reader');
    const made: CommandResource[] = [];
    for (const body of ['a', 'b']) made.push(await send('reader', { kind: 'message', args: { body } }));
    const ping = await send('reader', { kind: 'ping' });
    const it = await open(device);
    const came = [await it.next(), await it.next()];
    assert.deepEqual(
      came.map(({ id }) => id),
      [made[0]!.id, ping.id],
    );
    await it.answer(came[0]!, { result: { number: 1 } });
    const second = await it.next();
    assert.deepEqual([second.id, second.args], [made[1]!.id, { body: 'b' }]);
    const told = await events(device);
    assert.ok(
      told.every((text) => !text.includes('"b"')),
      'what is in a message is nobody’s business',
    );
    await it.close();
  });

  test('time is over by the hub’s clock: never sent, or sent and never answered', async () => {
    const device = await joined('late');
    const never = await send('late', { kind: 'ping', ttlSeconds: 1 });
    assert.deepEqual([(await look(never)).state, (await look(never)).reason], ['expired', 'CommandExpired']);
    const it = await open(device);
    const sent = await send('late', { kind: 'ping', ttlSeconds: 1 });
    const command = await it.next();
    assert.equal(command.id, sent.id);
    const guess = await look(sent);
    assert.deepEqual([guess.state, guess.reason], ['unknown', 'CommandUnknown']);
    await it.answer(command);
    const signal = AbortSignal.timeout(8_000);
    while ((await look(sent, 0)).state !== 'done') signal.throwIfAborted();
    await it.close();
  });

  test('what was asked before the hub was restored, and what another life of a device was sent, is not sent', async () => {
    const device = await joined('restored');
    const queued = await send('restored', { kind: 'restart-runtime' });
    await hub.context.db.updateTable('commands').set({ epoch: 0 }).where('id', '=', queued.id).execute();
    const it = await open(device);
    assert.equal((await look(queued)).state, 'unknown');
    const sent = await send('restored', { kind: 'restart-runtime' });
    await it.next();
    await hub.context.db.updateTable('commands').set({ sent_fork: 7 }).where('id', '=', sent.id).execute();
    await it.close();
    const again = await open(device);
    assert.equal((await look(sent)).state, 'unknown');
    await again.close();
  });

  test('another device cannot answer, and a wrong answer changes nothing', async () => {
    const [one, other] = [await joined('one'), await joined('other')];
    const [its, others] = [await open(one), await open(other)];
    const made = await send('one', { kind: 'ping' });
    const command = await its.next();
    await others.answer(command);
    await its.answer(command, { outcome: 'nonsense' as never });
    await its.answer(command, { message: 'mine' });
    assert.equal((await look(made)).message, 'mine');
    await its.close();
    await others.close();
  });

  test('a device has a bound, and so have the kept ones', async () => {
    await joined('full');
    for (let count = 0; count < 64; count++) await send('full', { kind: 'ping' });
    const { status, body } = await request('POST', 'full/commands', { kind: 'ping' });
    assert.deepEqual([status, body.type], [429, 'urn:skerry:problem:TooManyRequests']);
    const page = (await request('GET', 'full/commands?limit=60')).body;
    assert.equal(page.items.length, 60);
    const rest = (await request('GET', `full/commands?limit=60&before=${page.next}`)).body;
    assert.equal(rest.items.length, 4);
    assert.equal(rest.next, undefined);
  });

  test('what is asked for is checked before it is kept', async () => {
    await joined('picky');
    for (const [payload, pattern] of [
      [{ kind: 'dance' }, /kind/],
      [{ kind: 'logs', args: { sinse: 1 } }, /args/],
      [{ kind: 'message' }, /args/],
      [{ kind: 'ping', ttlSeconds: 31 * 86_400 }, /ttlSeconds/],
    ] as const) {
      const { status, body } = await request('POST', 'picky/commands', payload);
      assert.equal(status, 400, JSON.stringify(body));
      assert.match(body.detail, pattern);
    }
    const large = { kind: 'message', args: { body: 'x'.repeat(130 * 1024) } };
    assert.equal((await request('POST', 'picky/commands', large)).status, 413);
    assert.equal((await request('POST', 'nobody/commands', { kind: 'ping' })).status, 404);
    assert.equal((await request('GET', `picky/commands/${uuid()}`)).status, 404);
  });
});
