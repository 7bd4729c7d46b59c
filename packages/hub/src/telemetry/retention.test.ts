import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLogger } from '@skerry/kit';
import { manualClock } from '@skerry/kit/testing';
import { until } from '@skerry/testkit';
import { testApi } from '../api/api-suite.ts';
import { forEachDatabase } from '../db/store-suite.ts';
import { timeText } from '../time.ts';
import { startRetention } from './retention.ts';

const DAY = 86_400_000;

forEachDatabase('retention', (context) => {
  test('takes what is old, and nothing that a clock which jumps makes look so', async () => {
    const api = await testApi(context());
    const deviceId = await api.join('kept');
    const clock = manualClock(Date.now());
    const { db } = context();
    const row = (number: number, age: number) => ({
      ...{ device_id: deviceId, producer: 'runtime', stream: 'result', epoch: 1, number },
      ...{ project_id: api.projectId, source: 's', event_id: `${number}`, type: 't', body: '{}' },
      ...{ time: timeText(clock.now()), received_at: timeText(clock.now() - age) },
    });
    await db
      .insertInto('messages')
      .values([row(1, 2 * DAY), row(2, 0)])
      .execute();
    const numbers = async () => {
      await clock.advance(3_600_000);
      const rows = await db
        .selectFrom('messages')
        .select('number')
        .where('device_id', '=', deviceId)
        .execute();
      return rows.map(({ number }) => number).join();
    };
    const retention = startRetention({ db, clock, logger: silentLogger, keepMs: DAY });
    await until(async () => (await numbers()) === '2', { what: 'the old one is gone' });
    clock.setNow(clock.now() + 400 * DAY);
    for (let times = 0; times < 5; times++) assert.equal(await numbers(), '2');
    await clock.advance(DAY);
    await until(async () => (await numbers()) === '', { what: 'the other has grown old' });
    await retention.stop();
  });
});
