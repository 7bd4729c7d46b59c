import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { type TestApi, testApi } from '../api/api-suite.ts';
import { forEachDatabase } from '../db/store-suite.ts';
import { pruneEvents } from './prune.ts';
import { eventRecorder } from './store.ts';

const DAY = 86_400_000;

forEachDatabase('events that are older than 400 days', (context) => {
  let api: TestApi;
  before(async () => {
    api = await testApi(context());
  });

  const recorded = async (message: string, by: string, at: number, count = 1) => {
    const { db, random, clock } = context();
    const record = eventRecorder({ random, clock: { ...clock, now: () => at } });
    const event = { projectId: api.projectId, reason: 'Applied', message, by, about: 'device/old' };
    await db.transaction().execute(async (trx) => {
      for (let left = count; left > 0; left--) await record(trx, event);
    });
  };

  const kept = async () => {
    const { items } = await api.ask('GET', '/events?device=old&limit=1000').then(({ body }) => body);
    return items.map(({ message }: { message: string }) => message);
  };

  test('go if no person made them, and others stay', async () => {
    const now = context().clock.now();
    await recorded('hub', 'hub', now - 401 * DAY);
    await recorded('device', 'device/old', now - 401 * DAY);
    await recorded('person', 'anna', now - 401 * DAY);
    await recorded('young', 'hub', now - 399 * DAY);
    await pruneEvents(context(), now);
    assert.deepEqual(await kept(), ['young', 'person']);
  });

  test('go all, however many, but the last that happened', async () => {
    const now = context().clock.now() + 1000 * DAY;
    await recorded('many', 'hub', now - 900 * DAY, 2100);
    await pruneEvents(context(), now);
    assert.deepEqual(await kept(), ['many', 'person']);
  });
});
