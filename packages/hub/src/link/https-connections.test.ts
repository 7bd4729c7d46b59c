import assert from 'node:assert/strict';
import { test } from 'node:test';
import { manualClock, seededRandom } from '@skerry/kit/testing';
import { httpsConnections } from './https-connections.ts';

const device = { projectId: 'p', deviceId: 'd' };
const never = new AbortController().signal;
const ask = (after: number, holdMs = 25_000, over = never) => ({ after, holdMs, over });

function open() {
  const clock = manualClock(0);
  const seen: string[] = [];
  const heard: string[] = [];
  const world = { takes: true, makesWay: true };
  const connections = httpsConnections({
    clock,
    random: seededRandom(1),
    presence: {
      makeWay: (device) => {
        if (world.makesWay) connections.tell(device.deviceId, 'busy', '"go"');
        return world.makesWay;
      },
      connected: (_, over) => void seen.push(over),
      disconnected: () => void seen.push('gone'),
    },
    receive(topic, payload) {
      if (world.takes) heard.push(`${topic.split('/').at(-1)} ${Buffer.from(payload)}`);
      return world.takes;
    },
  });
  return { clock, seen, heard, world, connections };
}

test('a device that asks no more is offline after a while, and not before', async () => {
  const { clock, seen, connections } = open();
  const id = connections.open(device)!;
  for (let time = 0; time < 5; time++) {
    const held = connections.next(device, id, ask(0));
    await clock.advance(25_000);
    assert.deepEqual(await held, []);
    await clock.advance(40_000);
  }
  assert.deepEqual(seen, ['HttpsPoll']);
  await clock.advance(5_000);
  assert.deepEqual(seen, ['HttpsPoll', 'gone']);
  assert.equal(await connections.next(device, id, ask(0)), undefined);
  assert.equal(clock.waiting, 0);
});

test('a device that is never heard of again after it opened is offline too', async () => {
  const { clock, seen, connections } = open();
  connections.open(device);
  await clock.advance(45_000);
  assert.deepEqual(seen, ['HttpsPoll', 'gone']);
});

test('one who asks and leaves is not waited for', async () => {
  const { clock, connections } = open();
  const id = connections.open(device)!;
  const gone = new AbortController();
  const held = connections.next(device, id, ask(0, 300_000, gone.signal));
  gone.abort();
  assert.deepEqual(await held, []);
  assert.deepEqual(await connections.next(device, id, ask(0, 300_000, gone.signal)), [], 'gone before');
  await clock.advance(45_000);
  assert.equal(connections.tell('d', 'nudge', '{}'), false);
});

test('what waits for a device that does not ask is bounded', async () => {
  const { seen, connections } = open();
  const id = connections.open(device)!;
  for (let n = 0; n < 256; n++) assert.ok(connections.tell('d', 'nudge', '{}'));
  assert.equal((await connections.next(device, id, ask(0)))?.length, 256);
  assert.equal((await connections.next(device, id, ask(255)))?.length, 1);
  for (let n = 0; n < 9; n++) connections.tell('d', 'command', `"${'x'.repeat(128 * 1024)}"`);
  assert.deepEqual(seen, ['HttpsPoll', 'gone']);
});

test('what cannot be taken now is not counted, so that it may be said again', () => {
  const { world, heard, connections } = open();
  const id = connections.open(device)!;
  world.takes = false;
  assert.equal(connections.take(device, id, 1, 'hello', Buffer.from('a')), 'busy');
  world.takes = true;
  assert.equal(connections.take(device, id, 1, 'hello', Buffer.from('a')), 'taken');
  assert.equal(connections.take(device, id, 1, 'hello', Buffer.from('a')), 'taken');
  assert.equal(connections.take(device, id, 3, 'hello', Buffer.from('c')), 'gone');
  assert.deepEqual(heard, ['hello a']);
});

test('a connection that gives way is told so before it is gone, and heard no more', async () => {
  const { clock, heard, seen, connections } = open();
  const older = connections.open(device)!;
  const held = connections.next(device, older, ask(0));
  const newer = connections.open(device)!;
  const told = [{ n: 1, kind: 'busy', json: '"go"' }];
  assert.deepEqual(await held, told);
  assert.deepEqual(await connections.next(device, older, ask(0)), told, 'the answer was lost');
  assert.equal(connections.take(device, older, 1, 'hello', Buffer.from('a')), 'busy');
  assert.equal(await connections.next(device, older, ask(1)), undefined);
  connections.tell('d', 'nudge', '{}');
  assert.deepEqual(await connections.next(device, newer, ask(0)), [{ n: 1, kind: 'nudge', json: '{}' }]);
  await clock.advance(60_000);
  assert.equal(await connections.next(device, older, ask(0)), undefined);
  assert.equal(connections.take(device, older, 1, 'hello', Buffer.from('a')), 'gone');
  assert.deepEqual([heard, seen], [[], ['HttpsPoll', 'gone', 'HttpsPoll', 'gone']]);
});

test('one that stays keeps its connection, and no other is opened', async () => {
  const { world, seen, connections } = open();
  const id = connections.open(device)!;
  world.makesWay = false;
  assert.equal(connections.open(device), undefined);
  connections.tell('d', 'nudge', '{}');
  assert.equal((await connections.next(device, id, ask(0)))?.length, 1);
  assert.deepEqual(seen, ['HttpsPoll']);
});
