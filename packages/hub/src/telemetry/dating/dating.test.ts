import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import fc from 'fast-check';
import { type TestApi, testApi } from '../../api/api-suite.ts';
import { forEachDatabase } from '../../db/store-suite.ts';
import { dateOf, momentOf } from './date.ts';
import { dateMessages } from './service.ts';
import { bootsOf, learnBoots } from './store.ts';

const at = (text: string) => Date.parse(`2026-06-01T${text}Z`);
const iso = (text: string) => `2026-06-01T${text}.000Z`;

test('whatever clock a message was made by, its date lies between its neighbours, or is that of its boot', () => {
  const clock = fc.integer({ min: 0, max: 4e12 });
  fc.assert(
    fc.property(
      clock,
      clock,
      clock,
      fc.integer({ min: 0, max: 1e9 }),
      fc.boolean(),
      (wrong, from, to, bootms, known) => {
        const event = { time: new Date(wrong).toISOString(), bootid: 'b', bootms, timeknown: false };
        const boots = new Map(known ? [['b', from]] : []);
        const bounds = { from: Math.min(from, to), to: Math.max(from, to) };
        const { time, timeKnown, deviceTime, notBefore, notAfter } = dateOf(
          event,
          momentOf(event, boots),
          bounds,
        );
        assert.equal(deviceTime, event.time, 'what it said itself is kept');
        assert.equal(timeKnown, known);
        if (known) assert.equal(Date.parse(time), from + bootms);
        else assert.ok(notBefore! <= time && time <= notAfter!);
      },
    ),
  );
});

forEachDatabase('dating', (context) => {
  let api: TestApi;
  let devices = 0;
  before(async () => {
    api = await testApi(context());
  });

  /** A device with messages in one stream: boot, milliseconds of it, what its clock says, whether it knows the time. */
  const sent = async (...messages: [boot: string, ms: number, says: string, known: boolean][]) => {
    const name = `dated-${++devices}`;
    const deviceId = await api.join(name);
    const rows = messages.map(([bootid, bootms, time, timeknown], index) => ({
      device_id: deviceId,
      producer: 'runtime',
      stream: 'result',
      epoch: 1,
      number: index + 1,
      project_id: api.projectId,
      source: 's',
      event_id: `${index}`,
      type: 't',
      time,
      received_at: new Date(at('20:00:00') + index).toISOString(),
      body: JSON.stringify({
        specversion: '1.0',
        id: `${index}`,
        source: 's',
        type: 't',
        time,
        bootid,
        bootms,
        timeknown,
      }),
    }));
    for (let from = 0; from < rows.length; from += 2_000)
      await context()
        .db.insertInto('messages')
        .values(rows.slice(from, from + 2_000))
        .execute();
    const page = async (limit: number) => {
      const items = [];
      for (let after: string | undefined, more = true; more; ) {
        const query = `limit=${limit}${after === undefined ? '' : `&after=${after}`}`;
        const { body } = await api.ask('GET', `/devices/${name}/messages?${query}`);
        items.push(...body.items);
        more = body.items.length === limit;
        after = body.next;
      }
      return items;
    };
    return { deviceId, rows, page };
  };

  test('the beginning of a boot is the earliest that was told, and a clock of the hub that was wrong does not stay', async () => {
    const { db } = context();
    const learn = (now: number) => learnBoots(db, 'd', [{ id: 'b', ms: 5_000 }], now);
    const began = async () => (await bootsOf(db, 'd')).get('b');
    await learn(1e12 + 9_000);
    await learn(1e12);
    await learn(1e12 + 7_000);
    assert.equal(await began(), 1e12 - 5_000);
    await learn(1e12 - 3_600_000);
    await learn(1e12 + 3_000);
    assert.equal(await began(), 1e12 - 2_000);
  });

  test('of a device that boots again and again the newest boots are kept, the oldest first', async () => {
    const { db } = context();
    const rows = Array.from({ length: 1_000 }, (_, n) => ({ device_id: 'r', boot_id: `${n}`, began_at: n }));
    await db.insertInto('device_boots').values(rows).execute();
    await learnBoots(db, 'r', [{ id: 'new', ms: 0 }], 5_000_000);
    await learnBoots(db, 's', [{ id: 'other', ms: 0 }], 1);
    const boots = [...(await bootsOf(db, 'r')).keys()];
    assert.deepEqual([boots.length, boots[0], boots.at(-1)], [1_000, '1', 'new']);
    assert.deepEqual([...(await bootsOf(db, 's')).keys()], ['other']);
  });

  describe('a message that was made while the device did not know the time', () => {
    test('is dated by its boot once a session has told when it began', async () => {
      const { deviceId, page } = await sent(
        ['one', 10_000, '1970-01-01T00:00:10.000Z', false],
        ['one', 3_600_000, iso('09:00:00'), true],
      );
      await learnBoots(context().db, deviceId, [{ id: 'one', ms: 1 }], at('08:00:05') + 1);
      await learnBoots(context().db, deviceId, [{ id: 'one', ms: 1 }], at('08:00:00') + 1);
      await learnBoots(context().db, deviceId, [{ id: 'one', ms: 1 }], at('08:00:09') + 1);
      const [first, second] = await page(10);
      assert.deepEqual(
        [first.time, first.timeKnown, first.deviceTime],
        [iso('08:00:10'), true, '1970-01-01T00:00:10.000Z'],
      );
      assert.equal(first.event.time, '1970-01-01T00:00:10.000Z', 'the message itself is as it came');
      assert.deepEqual(
        [second.time, second.timeKnown, second.deviceTime],
        [iso('09:00:00'), true, undefined],
      );
    });

    test('lies between what came before and after, where nobody ever knew the time of its boot', async () => {
      for (const limit of [1, 2, 10]) {
        const { deviceId, page } = await sent(
          ['one', 1_000, iso('09:00:00'), true],
          ['lost', 1_000, '1970-01-01T00:00:01.000Z', false],
          ['lost', 2_000, '2030-01-01T00:00:00.000Z', false],
          ['next', 1_000, '1970-01-01T00:00:01.000Z', false],
          ['gone', 1_000, '1970-01-01T00:00:01.000Z', false],
        );
        await learnBoots(context().db, deviceId, [{ id: 'next', ms: 1 }], at('12:00:00') + 1);
        const items = await page(limit);
        const dates = items.map(({ time, timeKnown, notBefore, notAfter }) => [
          time,
          timeKnown,
          notBefore,
          notAfter,
        ]);
        assert.deepEqual(
          dates,
          [
            [iso('09:00:00'), true, undefined, undefined],
            [iso('09:00:00'), false, iso('09:00:00'), iso('12:00:01')],
            [iso('12:00:01'), false, iso('09:00:00'), iso('12:00:01')],
            [iso('12:00:01'), true, undefined, undefined],
            [iso('12:00:01'), false, iso('12:00:01'), '2026-06-01T20:00:00.004Z'],
          ],
          `in pages of ${limit}`,
        );
      }
    });

    test('has no beginning where the last date lies far back', async () => {
      const lost = Array.from({ length: 10_001 }, (): [string, number, string, boolean] => [
        ...(['lost', 1_000, '1970-01-01T00:00:01.000Z', false] as const),
      ]);
      const { deviceId, rows } = await sent(['one', 1_000, iso('09:00:00'), true], ...lost);
      const [near, far] = [rows[10_000]!, rows[10_001]!];
      const { db } = context();
      assert.equal((await dateMessages(db, deviceId, [near])).get(near)?.notBefore, iso('09:00:00'));
      assert.equal((await dateMessages(db, deviceId, [far])).get(far)?.notBefore, undefined);
    });

    test('with nothing before it has no beginning, and was made before it came', async () => {
      const { page } = await sent(['lost', 1_000, '2040-01-01T00:00:00.000Z', false]);
      const [only] = await page(10);
      assert.deepEqual([only.time, only.timeKnown, only.notBefore], [iso('20:00:00'), false, undefined]);
    });
  });

  test('a text that only talks of it misleads nobody', async () => {
    const { deviceId, rows } = await sent(['one', 1_000, iso('09:00:00'), true]);
    const body = rows[0]!.body.replace('}', ',"data":{"timeknown":false}}');
    assert.equal((await dateMessages(context().db, deviceId, [{ ...rows[0]!, body }])).size, 0);
  });
});
