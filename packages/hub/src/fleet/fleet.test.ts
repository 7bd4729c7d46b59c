import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { type DeviceResource, deviceResource, type Problem } from '@skerry/contracts';
import { expectStatus, inventory, type TestApi, testApi } from '../api/api-suite.ts';
import { forEachDatabase } from '../db/store-suite.ts';
import { twinReports } from '../twins/reports.ts';
import { fleetMembership, type Membership } from './membership.ts';

forEachDatabase('the fleet', (context) => {
  let api: TestApi;
  let membership: Membership;
  const show = async (name: string): Promise<DeviceResource> =>
    deviceResource.parse(expectStatus(await api.ask('GET', `/devices/${name}`), 200));
  const object = (name: string, labels: Record<string, string> = {}, spec: object = {}) => ({
    apiVersion: 'skerry.dev/v1alpha1',
    kind: 'Device',
    metadata: { name, labels },
    spec,
  });

  before(async () => {
    api = await testApi(context());
    membership = fleetMembership(context(), async () => {});
  });

  describe('joining', () => {
    test('a device that joined is shown, though it never connected', async () => {
      await api.join('new-1', { labels: { role: 'till' } });
      const { metadata, status } = await show('new-1');
      assert.deepEqual(metadata.labels, { role: 'till' });
      assert.equal(status.connected, false);
      assert.equal(status.conditions.Connected?.reason, 'NeverConnected');
      assert.deepEqual(status.inventory, inventory);
      assert.deepEqual(status.desired, { epoch: 1, version: 1 });
      const { items } = expectStatus(await api.ask('GET', '/events?device=new-1'), 200);
      assert.deepEqual(
        items.map(({ reason }: { reason: string }) => reason),
        ['Joined'],
      );
    });

    test('a name that is only a wish is made a free one, whoever asks at once', async () => {
      const join = (wish: string) =>
        context()
          .db.transaction()
          .execute((trx) =>
            membership.addDevice(trx, {
              projectId: api.projectId,
              name: { wish },
              siteId: null,
              labels: {},
              inventory,
            }),
          );
      const ids = await Promise.all(['Kasse_7.local', 'Kasse_7.local', 'kasse-7-local', '…'].map(join));
      const names = await Promise.all(
        ids.map(async ({ deviceId }) => (await membership.describeDevice(deviceId))?.name),
      );
      assert.deepEqual(names.sort(), ['device', 'kasse-7-local', 'kasse-7-local-2', 'kasse-7-local-3']);
      await assert.rejects(api.join('device'), /“device” has joined already/);
    });
  });

  describe('people', () => {
    test('set labels and site, under If-Match, and nothing else', async () => {
      await api.join('put-1');
      const first = await api.ask('GET', '/devices/put-1');
      const ifMatch = { 'if-match': String(first.headers.etag) };
      const put = (body: object, headers = {}) => api.ask('PUT', '/devices/put-1', { body, headers });
      const missing = expectStatus(await put(object('put-1', {}, { site: 'nowhere' })), 404) as Problem;
      assert.equal(missing.errors?.[0]?.pointer, '/spec/site');
      const both = await Promise.all([
        put(object('put-1', { a: '1' }), ifMatch),
        put(object('put-1', { a: '2' }), ifMatch),
      ]);
      assert.deepEqual(both.map(({ status }) => status).sort(), [200, 412]);
      expectStatus(await api.ask('PUT', '/devices/put-9', { body: object('put-9') }), 404);
    });

    test('remove a device: it is revoked, and its name is free for another, which inherits nothing', async () => {
      const id = await api.join('gone-1', { labels: { old: 'yes' } });
      expectStatus(await api.ask('DELETE', '/devices/gone-1'), 204);
      assert.ok(api.revoked.includes(id));
      const { next } = expectStatus(await api.ask('GET', '/devices/gone-2'), 404) as Problem;
      assert.ok(!next?.includes('gone-1'));
      const again = await api.join('gone-1');
      assert.notEqual(again, id);
      assert.deepEqual((await show('gone-1')).metadata.labels, {});
    });

    test('read the fleet page by page', async () => {
      for (const name of ['page-1', 'page-2', 'page-3']) await api.join(name);
      const names: string[] = [];
      let after = 'page-0';
      for (;;) {
        const page = expectStatus(await api.ask('GET', `/devices?limit=2&after=${after}`), 200);
        names.push(...page.items.map(({ metadata }: DeviceResource) => metadata.name));
        if (page.next === undefined) break;
        after = page.next;
      }
      assert.deepEqual(
        names.filter((name) => name.startsWith('page-')),
        ['page-1', 'page-2', 'page-3'],
      );
    });
  });

  describe('status', () => {
    const said = (status: 'True' | 'False', reason: string) => ({
      status,
      reason,
      message: '',
      lastTransitionTime: '2026-01-01T00:00:00.000Z',
    });

    test('a session that begins and one that ends are each an event, once', async () => {
      const id = await api.join('link-1');
      const up = { connected: true, reason: 'MqttOverWs', message: 'live' } as const;
      const down = { connected: false, reason: 'LinkLost', message: 'the session ended' } as const;
      for (const state of [up, up, down, down]) await membership.connection(id, state);
      const { items } = expectStatus(await api.ask('GET', '/events?device=link-1'), 200);
      assert.deepEqual(
        items.map(({ reason }: { reason: string }) => reason),
        ['LinkLost', 'Connected', 'Joined'],
      );
      assert.equal((await show('link-1')).status.conditions.Connected?.reason, 'LinkLost');
      await membership.connection(id, up);
      assert.ok((await show('link-1')).status.lastSeen);
    });

    test('a device that was not yet told of a change does not count as up to date', async () => {
      const id = await api.join('news-1', { labels: { role: 'news' } });
      await membership.connection(id, { connected: true, reason: 'MqttOverWs', message: 'live' });
      const patch = {
        applied: { epoch: 1, version: 1 },
        conditions: { UpToDate: said('True', 'Applied'), Ready: said('True', 'Serving') },
      };
      const session = '01a1fbdb-9e12-711b-9040-3629ab17bf64';
      const reports = twinReports(context());
      assert.deepEqual(await reports.apply(id, { session, base: 0, version: 1, patch }), { stored: 1 });
      assert.equal((await show('news-1')).status.conditions.UpToDate?.status, 'True');
      expectStatus(
        await api.ask('POST', '/models/news/versions', { body: { digest: `sha256:${'b'.repeat(64)}` } }),
        201,
      );
      const spec = { selector: { matchLabels: { role: 'news' } }, models: { news: { ref: 'news:1' } } };
      const body = {
        apiVersion: 'skerry.dev/v1alpha1',
        kind: 'Deployment',
        metadata: { name: 'news' },
        spec,
      };
      expectStatus(await api.ask('PUT', '/deployments/news', { body }), 201);
      const { UpToDate, Ready } = (await show('news-1')).status.conditions;
      assert.deepEqual([UpToDate?.status, UpToDate?.message], ['False', 'v1 applied, v2 wanted']);
      assert.equal(Ready?.status, 'True', 'conditions are independent');
      await reports.apply(id, { session, base: 1, version: 2, patch: { applied: { version: 2 } } });
      const { status } = expectStatus(await api.ask('GET', '/deployments/news'), 200);
      assert.deepEqual(status.devices, { selected: 1, upToDate: 1, ready: 1 });
    });
  });
});
