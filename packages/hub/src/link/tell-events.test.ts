import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testApi } from '../api/api-suite.ts';
import { forEachDatabase } from '../db/store-suite.ts';
import { tellEvents } from './tell-events.ts';

forEachDatabase('what devices tell', (context) => {
  test('is told though no database can hold a character of it', async () => {
    const { db } = context();
    const { projectId, join } = await testApi(context());
    const deviceId = await join('odd');
    const told = {
      severity: 'Warning',
      reason: 'CaseFailed',
      message: 'it is "x\0"',
      about: 'model/\0',
    } as const;
    await tellEvents(context())(db, { projectId, deviceId, producer: 'agent', stream: 'event' }, told);
    const { message } = await db
      .selectFrom('events')
      .select('message')
      .where('reason', '=', told.reason)
      .executeTakeFirstOrThrow();
    assert.equal(message, 'model/\uFFFD: it is "x\uFFFD"');
  });
});
