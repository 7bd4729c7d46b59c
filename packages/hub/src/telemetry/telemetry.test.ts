import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { type StoredMessage, storedMessage, streamSummary } from '@skerry/contracts';
import { silentLogger } from '@skerry/kit';
import { recordingLogger } from '@skerry/kit/testing';
import { expectStatus, type TestApi, testApi } from '../api/api-suite.ts';
import { forEachDatabase } from '../db/store-suite.ts';
import { timeText } from '../time.ts';
import { arrivalTime, lastArrival } from './read-model.ts';
import { deleteExpired } from './retention.ts';
import { startStorageGuard } from './storage-guard.ts';
import type { MessageRow } from './tables.ts';

const t0 = Date.parse('2026-11-21T12:00:00Z');

forEachDatabase('telemetry', (context) => {
  let api: TestApi;
  const row = (deviceId: string, number: number, rest: Partial<MessageRow> = {}): MessageRow => {
    const event = { specversion: '1.0', id: `f${number}`, source: 'camera', type: 'dev.skerry.result.v1' };
    const stamp = {
      bootid: '01a1fbdb-9e12-711b-9040-3629ab17bf64',
      bootms: number,
      timeknown: true,
      data: { number },
    };
    return {
      device_id: deviceId,
      producer: 'runtime',
      stream: 'result',
      epoch: 1,
      number,
      project_id: api.projectId,
      source: 'camera',
      event_id: `f${number}`,
      type: event.type,
      time: timeText(t0),
      received_at: timeText(t0 + Math.floor(number / 3) * 1000),
      body: JSON.stringify({ ...event, ...stamp }),
      ...rest,
    };
  };
  const store = (rows: MessageRow[]) => context().db.insertInto('messages').values(rows).execute();
  const range = (from: number, to: number) =>
    Array.from({ length: to - from + 1 }, (_, index) => from + index);

  before(async () => {
    api = await testApi(context());
  });

  test('messages are read page by page in the order of arrival, and new ones from where one stood', async () => {
    const id = await api.join('read-1');
    await store(range(1, 10).map((number) => row(id, number)));
    await store([row(id, 1, { stream: 'sample', event_id: 's1', received_at: timeText(t0) })]);
    const seen: StoredMessage[] = [];
    let next = '';
    const read = async () => {
      const page = expectStatus(
        await api.ask('GET', `/devices/read-1/messages?stream=result&limit=4${next}`),
        200,
      );
      const items = page.items.map((item: unknown) => storedMessage.parse(item));
      next = `&after=${page.next}`;
      seen.push(...items);
      return items.length;
    };
    while ((await read()) > 0);
    assert.deepEqual(
      seen.map(({ number }) => number),
      range(1, 10),
    );
    await store([row(id, 11)]);
    assert.equal(await read(), 1);
    assert.equal(seen.at(-1)?.event.id, 'f11');
    expectStatus(await api.ask('GET', '/devices/read-1/messages?after=nonsense'), 400);
    expectStatus(await api.ask('GET', '/devices/nobody/messages'), 404);
  });

  test('what arrives later has a later time, though the wall clock went back', async () => {
    const id = await api.join('clock-1');
    const arrivesAt = async (now: number) => {
      const { last } = await lastArrival(context().db, id).executeTakeFirstOrThrow();
      return arrivalTime(last, now);
    };
    assert.equal(await arrivesAt(t0), timeText(t0));
    await store([row(id, 1, { received_at: timeText(t0) })]);
    assert.equal(await arrivesAt(t0 - 3_600_000), timeText(t0 + 1));
    assert.equal(await arrivesAt(t0), timeText(t0 + 1));
    assert.equal(await arrivesAt(t0 + 5), timeText(t0 + 5));
  });

  test('streams say how far they have come, and what was dropped', async () => {
    const id = await api.join('streams-1');
    await store(range(1, 5).map((number) => row(id, number)));
    const key = { device_id: id, producer: 'runtime', stream: 'result', project_id: api.projectId };
    await context()
      .db.insertInto('streams')
      .values({ ...key, epoch: 1, next_number: 9, hash: '0'.repeat(64) })
      .execute();
    const notice = {
      epoch: 1,
      first_number: 6,
      last_number: 8,
      count: 3,
      ids: '["f6"]',
      reason: 'lost',
      written_by: 'hub' as const,
      at: timeText(t0),
    };
    await context()
      .db.insertInto('drop_notices')
      .values({ ...key, ...notice })
      .execute();
    const { items } = expectStatus(await api.ask('GET', '/devices/streams-1/streams'), 200);
    const [summary] = items.map((item: unknown) => streamSummary.parse(item));
    const dropped = [{ epoch: 1, first: 6, last: 8, why: 'lost', ids: ['f6'], at: timeText(t0) }];
    assert.deepEqual(summary, {
      producer: 'runtime',
      stream: 'result',
      epoch: 1,
      delivered: 5,
      distinct: 5,
      expected: 9,
      dropped,
    });
  });

  test('what is older than it must be kept goes, of every device, and notices stay', async () => {
    const ids = [await api.join('old-1'), await api.join('old-2')];
    const old = timeText(t0 - 10 * 86_400_000);
    for (const id of ids) {
      await store(
        range(1, 1500)
          .map((number) => row(id, number, { received_at: old }))
          .slice(0, 1000),
      );
      await store(range(1001, 1500).map((number) => row(id, number, { received_at: old })));
      await store([row(id, 2000)]);
    }
    const clock = { ...context().clock, sleep: async () => {} };
    const noticesBefore = await context().db.selectFrom('drop_notices').selectAll().execute();
    const options = { db: context().db, clock, logger: silentLogger, keepMs: 86_400_000 };
    const deleted = await deleteExpired(options, t0);
    assert.equal(deleted, 3000);
    for (const id of ids) {
      const left = await context()
        .db.selectFrom('messages')
        .select('number')
        .where('device_id', '=', id)
        .execute();
      assert.deepEqual(
        left.map(({ number }) => number),
        [2000],
      );
    }
    assert.deepEqual(await context().db.selectFrom('drop_notices').selectAll().execute(), noticesBefore);
  });
});

test('the storage guard says when the reserve is reached, and when there is space again', async () => {
  const frees = [2000, 500, 400, 1000];
  const ticks: (() => void)[] = [];
  const clock = {
    now: () => 0,
    monotonic: () => 0,
    sleep: async () => {},
    timer: (_: number, fn: () => void) => {
      ticks.push(fn);
      return () => {};
    },
  };
  const disk = { freeBytes: async () => frees.shift() ?? 0 };
  const logger = recordingLogger();
  const guard = await startStorageGuard({ disk, clock, logger, folder: '/', reserve: 1000 });
  const seen = [guard.hasSpace()];
  for (let look = 0; look < 3; look++) {
    ticks.shift()?.();
    await Promise.resolve();
    await Promise.resolve();
    seen.push(guard.hasSpace());
  }
  guard.stop();
  assert.deepEqual(seen, [true, false, false, true]);
  assert.deepEqual(
    logger.lines.map(({ level }) => level),
    ['warn', 'info'],
  );
});
