import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type BatchHeader,
  type DroppedData,
  emptyStreamHash,
  eventTypes,
  nextStreamHash,
  type StreamState,
} from '@skerry/contracts';
import { uuidv7 } from '@skerry/kit';
import { continuityService } from '../continuity/service.ts';
import { forEachDatabase } from '../db/store-suite.ts';
import { raiseEpoch } from '../installation/service.ts';
import { projectNamed } from '../projects/read-model.ts';
import { findCheckpoints } from './checkpoints.ts';
import { settleStreams } from './hello.ts';
import { type Ingest, ingest, type Position } from './ingest.ts';
import { findStream, type StreamId } from './store.ts';

const eventText = (id: string) =>
  JSON.stringify({
    specversion: '1.0',
    id,
    source: '/s',
    type: 't',
    bootid: 'b',
    bootms: 0,
    timeknown: false,
  });
const texts = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => eventText(`f${from + index}`));
const hashOver = (list: readonly string[]) => list.reduce(nextStreamHash, emptyStreamHash);
const headerOf = (first: number, count: number, epoch = 1): BatchHeader => ({
  session: '01890000-0000-7000-8000-000000000000',
  producer: 'runtime',
  stream: 'result',
  epoch,
  first,
  count,
});

/** Whose lives nobody counts. */
const isNews = async () => true;

forEachDatabase('ingest', (context) => {
  const told: string[] = [];
  const take: Ingest = (...batch) =>
    ingest({
      context: context(),
      tell: async (_db, _id, { message }) => void told.push(message),
      contradicts: isNews,
    })(...batch);

  const settle = async (id: StreamId, state: Omit<StreamState, 'producer' | 'stream'>) => {
    const { deviceId, producer, stream } = id;
    const inventory = {
      hostname: 'h',
      platform: 'linux',
      arch: 'x64',
      cores: 1,
      memory: 1,
      agentVersion: '0',
    };
    const said = { protocol: 1, features: [], session: deviceId, bootId: deviceId, inventory };
    const hello = { ...said, streams: [{ producer, stream, ...state }] };
    const { orders } = await settleStreams(context(), id, hello, isNews);
    return orders[0]!;
  };

  /** A stream of a device of its own, as the hub knows it after the first hello. */
  const begin = async (): Promise<StreamId> => {
    const { db, clock, random } = context();
    const { id: projectId } = await projectNamed(db, 'default');
    const id = { projectId, deviceId: uuidv7(clock, random), producer: 'runtime', stream: 'result' } as const;
    await settle(id, { epoch: 0, lowest: 1, next: 1, acknowledged: 0, hash: emptyStreamHash });
    return id;
  };

  const ids = async ({ deviceId }: StreamId) =>
    (
      await context()
        .db.selectFrom('messages')
        .select('event_id')
        .where('device_id', '=', deviceId)
        .orderBy('epoch')
        .orderBy('number')
        .execute()
    ).map(({ event_id }) => event_id);

  test('a batch of any size is stored whole', async () => {
    const id = await begin();
    const taken = await take(id, headerOf(1, 1300), texts(1, 1300));
    assert.deepEqual(taken?.position, { epoch: 1, acknowledged: 1300, hash: hashOver(texts(1, 1300)) });
    assert.equal((await ids(id)).length, 1300);
  });

  test('batches that overlap are stored once', async () => {
    const id = await begin();
    await take(id, headerOf(1, 4), texts(1, 4));
    const taken = await take(id, headerOf(1, 6), texts(1, 6));
    assert.deepEqual(taken?.position, { epoch: 1, acknowledged: 6, hash: hashOver(texts(1, 6)) });
    assert.deepEqual(await ids(id), ['f1', 'f2', 'f3', 'f4', 'f5', 'f6']);
  });

  test('an event whose id no database can hold is a notice, holds up nobody, and is the same when repeated', async () => {
    const id = await begin();
    const batch = [eventText('f1'), eventText('f2\0'), eventText('f3')];
    assert.equal((await take(id, headerOf(1, 3), batch))?.position.acknowledged, 3);
    assert.equal((await take(id, headerOf(1, 3), batch))?.contradiction, undefined);
    assert.deepEqual(await ids(id), ['f1', 'f3']);
    assert.deepEqual(
      (await notices(id)).map(({ first_number, reason }) => [first_number, reason]),
      [[2, 'corrupt']],
    );
  });

  test('what follows on the last acknowledgement, and what does not, has the hash that the device counts', async () => {
    const id = await begin();
    const after = async (lastAck: Position | undefined, first: number, last: number) =>
      (await take(id, headerOf(first, last - first + 1), texts(first, last), { urgent: true, lastAck }))
        ?.position;
    const to = (last: number) => ({ epoch: 1, acknowledged: last, hash: hashOver(texts(1, last)) });
    assert.deepEqual(await after(undefined, 1, 2), to(2));
    assert.deepEqual(await after(to(2), 3, 5), to(5));
    assert.deepEqual(await after(to(2), 3, 6), to(6), 'others have moved the stream since');
    assert.deepEqual(await after({ ...to(6), hash: hashOver(texts(2, 6)) }, 7, 8), to(8), 'it holds another');
    assert.deepEqual(await after({ ...to(8), epoch: 2 }, 9, 9), to(9));
  });

  test('the same batch several times at once is stored once, and each is told so', async () => {
    const id = await begin();
    const all = await Promise.all(Array.from({ length: 4 }, () => take(id, headerOf(1, 3), texts(1, 3))));
    assert.deepEqual(
      all.map((it) => it?.position.acknowledged),
      [3, 3, 3, 3],
    );
    assert.equal((await ids(id)).length, 3);
  });

  test('an event that came under another number is dropped by its source and id, and the number counts', async () => {
    const id = await begin();
    await take(id, headerOf(1, 2), texts(1, 2));
    const taken = await take(id, headerOf(3, 2), [eventText('f2'), eventText('f3')]);
    assert.equal(taken?.position.acknowledged, 4);
    assert.deepEqual(await ids(id), ['f1', 'f2', 'f3']);
  });

  test('the running hash is remembered at the ends of the last batches, 64 at least', async () => {
    const id = await begin();
    for (let number = 1; number <= 100; number++) await take(id, headerOf(number, 1), texts(number, number));
    const checkpoints = await findCheckpoints(context().db, id, 1);
    assert.ok(checkpoints.size >= 64 && checkpoints.size < 64 + 16, `${checkpoints.size} are`);
    assert.equal(Math.min(...checkpoints.keys()), 101 - checkpoints.size);
    assert.equal(checkpoints.get(66), hashOver(texts(1, 66)));
  });

  test('what repeats is acknowledged as far as it was compared', async () => {
    const id = await begin();
    await take(id, headerOf(1, 2), texts(1, 2));
    await take(id, headerOf(3, 6), texts(3, 8));
    const taken = await take(id, headerOf(3, 2), texts(3, 4));
    assert.deepEqual(taken?.position, { epoch: 1, acknowledged: 4, hash: hashOver(texts(1, 4)) });
    const next = await take(id, headerOf(5, 4), texts(5, 8));
    assert.deepEqual(next?.position, { epoch: 1, acknowledged: 8, hash: hashOver(texts(1, 8)) });
  });

  test('another message under a number that the hub holds begins a new epoch, in which nothing is lost', async () => {
    const id = await begin();
    await take(id, headerOf(1, 3), texts(1, 3));
    const taken = await take(id, headerOf(3, 2), [eventText('x3'), eventText('x4')]);
    assert.match(taken?.contradiction ?? '', /number 3/);
    assert.deepEqual(await findStream(context().db, id), { epoch: 2, next: 1, hash: emptyStreamHash });
    await take(id, headerOf(1, 2, 2), [eventText('x3'), eventText('x4')]);
    assert.deepEqual(await ids(id), ['f1', 'f2', 'f3', 'x3', 'x4']);
  });

  test('another text under the same ids, or a place that nobody remembers, begins a new epoch', async () => {
    const id = await begin();
    await take(id, headerOf(1, 3), texts(1, 3));
    const other = JSON.stringify({ ...JSON.parse(eventText('f3')), data: 1 });
    const taken = await take(id, headerOf(1, 4), [...texts(1, 2), other, eventText('f4')]);
    assert.match(taken?.contradiction ?? '', /up to 3/);
    await take(id, headerOf(1, 3, 2), texts(3, 5));
    assert.match((await take(id, headerOf(2, 2, 2), texts(4, 5)))?.contradiction ?? '', /number 2, too old/);
    assert.deepEqual(await ids(id), ['f1', 'f2', 'f3', 'f4', 'f5']);
  });

  test('what a hub had given up, a device that was set back may still bring', async () => {
    const id = await begin();
    const hash = hashOver(texts(1, 3));
    await settle(id, { epoch: 1, lowest: 4, next: 6, acknowledged: 3, hash });
    const order = await settle(id, { epoch: 1, lowest: 1, next: 6, acknowledged: 0, hash: emptyStreamHash });
    assert.deepEqual([order.epoch, order.expected], [1, 1]);
    assert.equal((await take(id, headerOf(1, 5), texts(1, 5)))?.position.acknowledged, 5);
    assert.deepEqual(await ids(id), ['f1', 'f2', 'f3', 'f4', 'f5']);
  });

  const noticeText = (count: number, why: DroppedData['why']) =>
    JSON.stringify({ ...JSON.parse(eventText(`n${count}`)), type: eventTypes.dropped, data: { count, why } });
  const notices = ({ deviceId }: StreamId) =>
    context()
      .db.selectFrom('drop_notices')
      .select(['first_number', 'last_number', 'count', 'reason', 'written_by'])
      .where('device_id', '=', deviceId)
      .execute();

  test('a drop notice stands for as many numbers as are gone', async () => {
    const id = await begin();
    const body = [...texts(1, 2), noticeText(1_000_000, 'quota'), eventText('after')];
    const taken = await take(id, headerOf(1, 4), body);
    assert.deepEqual(taken?.position, { epoch: 1, acknowledged: 1_000_003, hash: hashOver(body) });
    assert.deepEqual(
      (await notices(id)).map((row) => Object.values(row).map(String)),
      [['3', '1000002', '1000000', 'quota', 'device']],
    );
    assert.equal(
      (await take(id, headerOf(1_000_004, 1), [eventText('next')]))?.position.acknowledged,
      1_000_004,
    );
  });

  test('a device that gave up what the hub had taken is told where the hub stands, and no notice is kept', async () => {
    const id = await begin();
    await take(id, headerOf(1, 2), texts(1, 2));
    await take(id, headerOf(3, 3), texts(3, 5));
    const taken = await take(id, headerOf(3, 2), [noticeText(8, 'expired'), eventText('f11')]);
    assert.deepEqual(taken, { position: { epoch: 1, acknowledged: 5, hash: hashOver(texts(1, 5)) } });
    assert.deepEqual(await notices(id), []);
    const also = [noticeText(2, 'quota'), ...texts(5, 6)];
    assert.equal((await take(id, headerOf(3, 3), also))?.position.acknowledged, 6);
    const rest = [noticeText(4, 'expired'), eventText('f11')];
    assert.equal((await take(id, headerOf(7, 2), rest))?.position.acknowledged, 11);
    assert.deepEqual(await ids(id), ['f1', 'f2', 'f3', 'f4', 'f5', 'f6', 'f11']);
    assert.equal((await notices(id)).length, 1);
  });

  test('of what a disk damaged that the hub has no notice is kept, and both go on from the device’s hash', async () => {
    const id = await begin();
    await take(id, headerOf(1, 3), texts(1, 3));
    await take(id, headerOf(4, 5), texts(4, 8));
    const damaged = [...texts(1, 3), noticeText(1, 'corrupt'), ...texts(5, 9)];
    for (const [first, last] of [
      [4, 6],
      [7, 8],
      [9, 9],
    ] as const) {
      const taken = await take(id, headerOf(first, last - first + 1), damaged.slice(first - 1, last));
      const hash = hashOver(damaged.slice(0, last));
      assert.deepEqual(taken, { position: { epoch: 1, acknowledged: last, hash } });
    }
    assert.deepEqual(
      await ids(id),
      texts(1, 9).map((text) => JSON.parse(text).id),
    );
    assert.deepEqual(await notices(id), []);
  });

  test('behind what is gone, the messages of a copy are not taken for those that the hub holds', async () => {
    const id = await begin();
    await take(id, headerOf(1, 3), texts(1, 3));
    await take(id, headerOf(4, 5), texts(4, 8));
    const taken = await take(id, headerOf(4, 3), [noticeText(1, 'corrupt'), ...texts(5, 6)]);
    assert.equal(taken?.position.acknowledged, 6, 'no further than what was shown');
    const copy = await take(id, headerOf(7, 2), [eventText('x7'), eventText('x8')]);
    assert.match(copy?.contradiction ?? '', /number 7 is another/);
  });

  test('a device that gave up some, and holds other messages than the hub, begins a new epoch', async () => {
    const id = await begin();
    await take(id, headerOf(1, 5), texts(1, 5));
    const taken = await take(id, headerOf(3, 2), [noticeText(2, 'quota'), eventText('x5')]);
    assert.match(taken?.contradiction ?? '', /number 5 is another/);
    assert.deepEqual(taken?.position, { epoch: 2, acknowledged: 0, hash: emptyStreamHash });
  });

  test('what a device gave up that has a copy is told in a new epoch, since it may be what the hub never had', async () => {
    const id = await begin();
    await take(id, headerOf(1, 5), texts(1, 5));
    await continuityService(context(), 'go-on').contradicts(id, 'a copy', context().db);
    const gone = [noticeText(5, 'quota'), eventText('x6')];
    const taken = await take(id, headerOf(1, 2), gone);
    assert.deepEqual(taken, { position: { epoch: 2, acknowledged: 0, hash: emptyStreamHash } });
    await take(id, headerOf(1, 2, 2), gone);
    assert.equal((await notices(id)).length, 1);
  });

  test('a hub that was ever restored asks for all that a device still has that numbers anew', async (t) => {
    const id = await begin();
    await take(id, headerOf(1, 5), texts(1, 5));
    const other = { epoch: 1, lowest: 3, next: 9, acknowledged: 5, hash: 'b'.repeat(64) };
    assert.equal((await settle(id, other)).all, undefined);
    const { db, clock } = context();
    await raiseEpoch(db, clock);
    t.after(() => db.updateTable('installation').set({ epoch: 1 }).execute());
    const { epoch, all } = await settle(id, other);
    assert.deepEqual([epoch, all], [2, true], 'though the order before got lost');
    const agreeing = { epoch: 2, lowest: 1, next: 1, acknowledged: 0, hash: emptyStreamHash };
    assert.equal((await settle(id, agreeing)).all, undefined);
  });

  test('a stream that never said hello is not taken', async () => {
    const id = { ...(await begin()), stream: 'log' } as const;
    assert.equal(await take(id, headerOf(1, 1), texts(1, 1)), undefined);
  });

  test('when telling fails, nothing of the batch stays', async () => {
    const id = await begin();
    const failing = ingest({
      context: context(),
      tell: async () => {
        throw new Error('no');
      },
      contradicts: isNews,
    });
    const data = { severity: 'Normal', reason: 'Applied', message: 'm' };
    const event = JSON.stringify({ ...JSON.parse(eventText('e')), type: 'dev.skerry.event.v1', data });
    await assert.rejects(failing(id, headerOf(1, 2), [eventText('f1'), event]));
    assert.deepEqual(await ids(id), []);
    assert.equal((await take(id, headerOf(1, 2), [eventText('f1'), event]))?.position.acknowledged, 2);
    assert.deepEqual(told.slice(-1), ['m']);
  });
});
