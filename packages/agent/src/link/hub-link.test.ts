import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Busy } from '@skerry/contracts';
import { silentLogger } from '@skerry/kit';
import { manualClock, seededRandom } from '@skerry/kit/testing';
import { agentError } from '../errors.ts';
import { paceOf } from '../pace.ts';
import type { Self } from '../self.ts';
import { hubLink } from './hub-link.ts';
import { fellSilent } from './keep-alive.ts';
import type { LinkConnection, LinkListener } from './link.ts';
import type { OpenConnection } from './ways.ts';

const never = new AbortController().signal;
const nobody = { busy() {} } as unknown as LinkListener;
const takenOver: Busy = { retryAfterMs: 10_000, reason: 'SessionTakenOver' };
const site = (network: string) => ({ name: 's', timeZone: 'UTC', power: 'mains', network });

/** A link over wires that the test opens and shuts; the hub takes the newer of two connections. */
function open(addresses = ['https://hub:8443', 'mqtts://hub:8883']) {
  const clock = manualClock(0);
  const shut = new Set<string>();
  const tried: string[] = [];
  const keepAlives: number[] = [];
  const reached: string[] = [];
  const world = { network: 'wired', addresses: [...addresses] };
  let live: { name: string; end: (why: string) => void; listener: LinkListener } | undefined;

  const wire =
    (transport: string): OpenConnection =>
    async ({ address, listener, pace }) => {
      keepAlives.push(pace.keepAliveMs);
      const name = `${transport} ${address.host}`;
      tried.push(name);
      if (shut.has(transport) || shut.has(address.host)) throw agentError('Unreachable', `${name} is shut`);
      const { promise: ended, resolve: end } = Promise.withResolvers<string>();
      await undefined;
      live?.listener.busy(takenOver);
      live?.end('a newer one came');
      live = { name, end, listener };
      return { address: name, ended, close: async () => end('closed') } as unknown as LinkConnection;
    };

  const link = hubLink({
    self: {
      identity: {
        get addresses() {
          return world.addresses;
        },
      },
      reached: async (address: string) => void reached.push(address),
      hub: {},
    } as unknown as Self,
    clock,
    random: seededRandom(1),
    logger: silentLogger,
    dial: async () => assert.fail('no socket is opened'),
    openHttp: () => assert.fail('no HTTP is spoken'),
    wires: { 'mqtt-ws': wire('ws'), 'mqtt-tls': wire('tls'), https: wire('https') },
    currentPace: () => paceOf(site(world.network)),
  });
  const told: Busy[] = [];
  const connect = () => link.connect({ ...nobody, busy: (busy) => void told.push(busy) }, never);
  const another = () => live?.listener.busy(takenOver);
  const cut = (why = 'cut') => live?.end(why);
  return { link, clock, shut, tried, keepAlives, reached, world, connect, another, told, cut };
}

test('the best way that works is taken, and noted as reached', async () => {
  const { connect, shut, tried, reached } = open();
  assert.equal((await connect()).address, 'ws hub:8443');
  assert.deepEqual(reached, ['https://hub:8443']);
  shut.add('ws');
  assert.equal((await connect()).address, 'tls hub:8883');
  assert.deepEqual(tried, ['ws hub:8443', 'ws hub:8443', 'tls hub:8883']);
});

test('a way that failed comes last in the next round, and is taken again once it works', async () => {
  const { connect, shut, tried, clock, cut } = open(['https://hub:8443']);
  shut.add('ws');
  const first = await connect();
  assert.equal(first.address, 'https hub:8443');
  cut();
  tried.length = 0;
  const second = await connect();
  assert.deepEqual(tried, ['https hub:8443']);
  shut.clear();
  await clock.advance(60_000);
  assert.equal(await second.ended, 'a newer one came');
  assert.equal((await connect()).address, 'ws hub:8443');
  const rounds = tried.length;
  await clock.advance(3_600_000);
  assert.equal(tried.length, rounds, 'beside the best nothing is tried');
});

test('the better way is tried beside the one that works, seldomer each time', async () => {
  const { connect, shut, tried, clock } = open(['https://hub:8443']);
  shut.add('ws');
  const connection = await connect();
  let ended = false;
  connection.ended.then(() => {
    ended = true;
  });
  tried.length = 0;
  await clock.advance(60_000);
  const soon = tried.length;
  await clock.advance(24 * 3_600_000);
  assert.ok(soon >= 2 && soon <= 4, `${soon} tries in the first minute`);
  assert.ok(tried.length >= 40 && tried.length <= 70, `${tried.length} tries in a day`);
  assert.equal(ended, false);
});

test('a hub that is gone is no reason to think less of a way', async () => {
  const { connect, shut, tried } = open();
  shut.add('hub:8443').add('hub:8883');
  await assert.rejects(connect(), {
    code: 'Unreachable',
    message: /ws hub:8443 is shut; tls hub:8883 is shut; https hub:8443 is shut/,
  });
  shut.clear();
  tried.length = 0;
  assert.equal((await connect()).address, 'ws hub:8443');
  assert.equal(tried.length, 1);
});

test('a way that lets connections in and soon cuts them is left for another', async () => {
  const { connect, cut, clock } = open();
  for (let time = 0; time < 3; time++) {
    const connection = await connect();
    assert.equal(connection.address, 'ws hub:8443');
    await clock.advance(4_000);
    cut();
    await connection.ended;
  }
  assert.equal((await connect()).address, 'tls hub:8883');
});

test('a session that is closed by its own side is no setback, and nothing goes on behind it', async () => {
  const { connect, clock, tried, shut } = open();
  shut.add('ws');
  for (let time = 0; time < 5; time++) {
    const connection = await connect();
    assert.equal(connection.address, 'tls hub:8883');
    await connection.close();
  }
  tried.length = 0;
  shut.clear();
  await clock.advance(3_600_000);
  assert.deepEqual(tried, []);
});

test('a link follows its hub to another address, and its network’s habits', async () => {
  const { connect, clock, world } = open(['https://old:8443']);
  const first = await connect();
  world.addresses = ['https://new:8443', 'mqtts://new:8883', 'https://old:8443'];
  await clock.advance(10_000);
  await first.ended;
  const second = await connect();
  assert.equal(second.address, 'ws new:8443');
  world.network = 'satellite';
  await clock.advance(10_000);
  await second.ended;
  assert.equal((await connect()).address, 'tls new:8883');
});

test('an agent that stops leaves no connection behind', async () => {
  const { link, clock, shut } = open();
  shut.add('ws');
  const stopping = new AbortController();
  const first = await link.connect(nobody, stopping.signal);
  shut.clear();
  await clock.advance(10_000);
  await first.ended;
  stopping.abort(new Error('stopping'));
  await clock.advance(1);
  assert.equal(
    (await link.connect(nobody, never)).address,
    'ws hub:8443',
    'opened anew, not taken from the hand',
  );
});

test('a session is told that another device took its place, and not of a move of its own', async () => {
  const { connect, another, told, clock, shut } = open();
  shut.add('ws');
  const first = await connect();
  shut.clear();
  await clock.advance(60_000);
  assert.equal(await first.ended, 'a newer one came');
  const second = await connect();
  assert.deepEqual([second.address, told], ['ws hub:8443', []]);
  another();
  assert.deepEqual(told, [takenOver]);
});

test('a connection that fell silent has one after it that is asked more often, and in time less often again', async () => {
  const { clock, world, keepAlives, connect, cut, tried } = open();
  world.network = 'cellular';
  for (let i = 0; i < 3; i++) {
    await connect();
    await clock.advance(60_000);
    cut(fellSilent);
    await clock.advance(1);
  }
  await connect();
  assert.deepEqual(keepAlives, [240_000, 120_000, 60_000, 30_000]);
  await clock.advance(4 * 86_400_000 + 10_000);
  assert.deepEqual(keepAlives.slice(4), [37_500]);
  assert.equal(tried.at(-1), 'tls hub:8883');
});

test('one that cannot be replaced by one which is asked less often goes on, and that is tried seldomer each time', async () => {
  const { clock, world, connect, cut, tried, shut } = open(['mqtts://hub:8883']);
  world.network = 'cellular';
  await connect();
  cut(fellSilent);
  await clock.advance(1);
  const connection = await connect();
  let ended = false;
  connection.ended.then(() => {
    ended = true;
  });
  shut.add('tls');
  await clock.advance(86_400_000 - 10_000);
  tried.length = 0;
  await clock.advance(600_000);
  assert.ok(tried.length >= 2 && tried.length <= 8, `${tried.length} tries in ten minutes`);
  assert.equal(ended, false);
});
