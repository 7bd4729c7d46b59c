import assert from 'node:assert/strict';
import { test } from 'node:test';
import { manualClock } from '@skerry/kit/testing';
import { testApi } from './api/api-suite.ts';
import { forEachDatabase } from './db/store-suite.ts';
import { installation } from './installation/read-model.ts';
import { beginEpoch } from './new-epoch.ts';
import { personOfToken } from './people/read-model.ts';

forEachDatabase('a new epoch', (context) => {
  const at = (time: string) => ({ ...context(), clock: manualClock(Date.parse(time)) });

  test('is later than every one before, though the same backup is restored again', async () => {
    const { db } = context();
    const first = await beginEpoch(at('2026-11-21T08:00:00Z'), 'a backup');
    assert.equal(first.before, 1);
    await db.updateTable('installation').set({ epoch: first.before }).execute();
    const again = await beginEpoch(at('2026-11-21T09:00:00Z'), 'the same backup');
    assert.ok(again.epoch > first.epoch);
    const behind = await beginEpoch(at('1970-01-01T00:00:00Z'), 'an earlier state');
    assert.equal(behind.epoch, again.epoch + 1, 'by a clock that is behind too');
    assert.equal((await installation(db)).epoch, behind.epoch);
  });

  test('stays in what PostgreSQL’s integer holds for sixty years', async () => {
    const { epoch } = await beginEpoch(at('2086-11-21T08:00:00Z'), 'a backup');
    assert.ok(epoch < 2 ** 31);
  });

  test('voids all tokens, ends all sessions, and says so', async () => {
    const { db } = context();
    const api = await testApi(context());
    const { body } = await api.ask('POST', '/people-tokens', { body: { name: 'eve', role: 'viewer' } });
    await personOfToken(db, body.token);
    const id = await api.join('till');
    const connection = { connected: 1 as const, connection_reason: 'MqttOverWs' };
    await db.updateTable('devices').set(connection).where('id', '=', id).execute();
    const { id: tokenProject } = await db.selectFrom('projects').select('id').executeTakeFirstOrThrow();
    const token = { id: crypto.randomUUID(), secret_sha256: '', device_name: null, site_id: null };
    const time = '2026-01-01T00:00:00.000Z';
    const rest = { labels: '{}', uses: 1, used: 0, created_by: 'ada', created_at: time, expires_at: time };
    await db
      .insertInto('device_tokens')
      .values({ ...token, ...rest, project_id: tokenProject, revoked_at: null })
      .execute();

    await beginEpoch(context(), 'a backup');

    await assert.rejects(personOfToken(db, body.token), { code: 'NotLoggedIn' });
    await assert.rejects(personOfToken(db, api.adminToken), { code: 'NotLoggedIn' });
    const good = db.selectFrom('device_tokens').select('id').where('revoked_at', 'is', null);
    assert.deepEqual(await good.execute(), []);
    const live = db.selectFrom('devices').select('id').where('connected', '=', 1);
    assert.deepEqual(await live.execute(), []);
    const told = db.selectFrom('events').select('message').where('reason', '=', 'HubRestored');
    assert.match((await told.execute()).at(-1)?.message ?? '', /^the hub was set back to /);
  });
});
