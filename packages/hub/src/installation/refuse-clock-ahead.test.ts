import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testApi } from '../api/api-suite.ts';
import { forEachDatabase } from '../db/store-suite.ts';
import { refuseClockAhead } from './refuse-clock-ahead.ts';

const DAY = 86_400_000;

forEachDatabase('a hub whose clock is far ahead of all that happened', (context) => {
  test('does not start, before it has deleted anything or told anybody the time', async () => {
    const { db, clock } = context();
    const at = (days: number) => refuseClockAhead(db, { ...clock, now: () => clock.now() + days * DAY });
    await at(4000);
    await (await testApi(context())).join('first');
    await at(0);
    await at(300);
    await at(-4000);
    await assert.rejects(at(400), { code: 'ClockAhead' });
  });
});
