import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { type HubEvent, hubEvent } from '@skerry/contracts';
import { expectStatus, type TestApi, testApi } from '../api/api-suite.ts';
import { forEachDatabase } from '../db/store-suite.ts';
import { eventRecorder } from './store.ts';

forEachDatabase('events', (context) => {
  let api: TestApi;
  before(async () => {
    api = await testApi(context());
  });

  test('are read newest first, page by page, in the order in which they happened within a millisecond too', async () => {
    const { db, random } = context();
    const clock = { ...context().clock, now: () => Date.parse('2020-01-01T12:00:00Z') };
    const record = eventRecorder({ clock, random });
    for (const number of [1, 2, 3, 4, 5])
      await record(db, {
        projectId: api.projectId,
        reason: 'Applied',
        message: String(number),
        by: 'hub',
        about: 'device/x',
      });
    const seen: HubEvent[] = [];
    let before = '';
    for (;;) {
      const page = expectStatus(await api.ask('GET', `/events?device=x&limit=2${before}`), 200);
      seen.push(...page.items.map((item: unknown) => hubEvent.parse(item)));
      if (page.next === undefined) break;
      before = `&before=${page.next}`;
    }
    assert.deepEqual(
      seen.map(({ message }) => message),
      ['5', '4', '3', '2', '1'],
    );
  });

  test('say who did what', async () => {
    const body = { apiVersion: 'skerry.dev/v1alpha1', kind: 'Site', metadata: { name: 'audit' }, spec: {} };
    expectStatus(await api.ask('PUT', '/sites/audit', { body }), 201);
    const { items } = expectStatus(await api.ask('GET', '/events?limit=1'), 200);
    assert.equal(items[0].about, 'site/audit');
    assert.match(items[0].by, /^tester-/);
    expectStatus(await api.ask('GET', '/events?device=a&deployment=b'), 400);
    const impostor = { name: 'hub', role: 'viewer' };
    expectStatus(await api.ask('POST', '/people-tokens', { body: impostor }), 400);
    expectStatus(await api.ask('POST', '/people-tokens', { body: { ...impostor, name: 'hubert' } }), 201);
  });
});
