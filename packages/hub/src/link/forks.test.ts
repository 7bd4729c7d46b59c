import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type BatchHeader, emptyStreamHash, type StreamState } from '@skerry/contracts';
import { uuidv7 } from '@skerry/kit';
import { restoredOrCloned } from '../continuity/read-model.ts';
import { continuityService } from '../continuity/service.ts';
import { forEachDatabase } from '../db/store-suite.ts';
import { projectNamed } from '../projects/read-model.ts';
import { idInFork } from './forks.ts';
import { settleStreams } from './hello.ts';
import { ingest } from './ingest.ts';
import type { StreamId } from './store.ts';

const inventory = { hostname: 'h', platform: 'linux', arch: 'x64', cores: 1, memory: 1, agentVersion: '0' };
const KEY = { producer: 'runtime', stream: 'result' } as const;
const textOf = (id: string, data: string) =>
  JSON.stringify({
    ...{ specversion: '1.0', id, source: '/s', type: 't' },
    ...{ bootid: 'b', bootms: 0, timeknown: false, data },
  });
/** Of a device that knows of nothing that arrived. */
const stateOf = (epoch: number, next: number): StreamState => ({
  ...KEY,
  ...{ epoch, next, lowest: 1, acknowledged: 0, hash: emptyStreamHash },
});

forEachDatabase('forks', (context) => {
  /** A device with one stream, as the hub knows it after the first hello. */
  const begin = async () => {
    const { db, clock, random } = context();
    const { id: projectId } = await projectNamed(db, 'default');
    const id: StreamId = { projectId, deviceId: uuidv7(clock, random), ...KEY };
    const { contradicts } = continuityService(context(), 'go-on');
    const greet = (state: StreamState) => {
      const said = { protocol: 1, features: [], session: id.deviceId, bootId: id.deviceId, inventory };
      return settleStreams(context(), id, { ...said, streams: [state] }, contradicts);
    };
    const take = async (epoch: number, ...texts: string[]) => {
      const header: BatchHeader = { session: id.deviceId, ...KEY, epoch, first: 1, count: texts.length };
      const ingested = ingest({ context: context(), tell: async () => {}, contradicts });
      return (await ingested(id, header, texts))?.position.acknowledged;
    };
    const held = async () => {
      const messages = db.selectFrom('messages').select(['event_id', 'body']).orderBy('epoch');
      const rows = await messages.where('device_id', '=', id.deviceId).execute();
      return rows.map(({ event_id, body }) => [event_id, JSON.parse(body).data]);
    };
    const found = async () => (await restoredOrCloned(db, [id.deviceId])).get(id.deviceId)?.message;
    await greet(stateOf(0, 1));
    return { id, contradicts, greet, take, held, found };
  };

  test('what a contradiction in a hello begins is durable with the new epoch, whatever happens to the hub then', async () => {
    const device = await begin();
    await device.take(1, textOf('x', 'of A'), textOf('y', 'of A'));
    const setBack = stateOf(1, 2);
    assert.deepEqual((await device.greet(setBack)).contradictions, [
      'runtime/result: its next number is 2, and the hub holds 2',
    ]);
    const { orders, contradictions } = await device.greet(setBack);
    assert.deepEqual([orders[0]!.epoch, contradictions], [2, []], 'its order got lost');
    assert.equal(await device.found(), 'runtime/result: its next number is 2, and the hub holds 2');
    assert.equal(await device.take(2, textOf('x', 'of B')), 1);
    assert.deepEqual((await device.held()).at(-1), [idInFork('x', 1), 'of B']);
  });

  test('what one of two sends again behind later forks is there once', async () => {
    const device = await begin();
    await device.take(1, textOf('x', 'of A'));
    await device.greet(stateOf(1, 1));
    await device.take(2, textOf('x', 'of B'));
    await device.contradicts(device.id, 'A came', context().db);
    await device.contradicts(device.id, 'B came, and its acknowledgement had got lost', context().db);
    const { orders } = await device.greet(stateOf(1, 2));
    assert.equal(await device.take(orders[0]!.epoch, textOf('x', 'of B')), 1);
    const held = [
      ['x', 'of A'],
      [idInFork('x', 1), 'of B'],
    ];
    assert.deepEqual(await device.held(), held);
    await device.greet(stateOf(2, 1));
    await device.take(4, textOf('x', 'of C'));
    assert.deepEqual((await device.held()).slice(2), [[idInFork('x', 5), 'of C']], 'a third is kept, too');
  });
});
