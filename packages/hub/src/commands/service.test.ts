import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Command, commandRequest } from '@skerry/contracts';
import { expectStatus, type TestApi, testApi } from '../api/api-suite.ts';
import { forEachDatabase } from '../db/store-suite.ts';
import { type CommandService, commandService } from './service.ts';
import { deleteOrphans } from './store.ts';

const session = '01900000-0000-7000-8000-00000000000a';

forEachDatabase('commands', (context) => {
  let api: TestApi;
  let service: CommandService;
  before(async () => {
    api = await testApi(context());
    service = commandService(context());
  });
  after(() => service.delivery.stop());

  const ask = (device: string, wish: object = { kind: 'ping' }) =>
    service.ask({ projectId: api.projectId, device, by: 'ada', request: commandRequest.parse(wish) });
  const rows = (deviceId: string) =>
    context()
      .db.selectFrom('commands')
      .selectAll()
      .where('device_id', '=', deviceId)
      .orderBy('number')
      .execute();

  /** A session of a device, and the commands that it was sent. */
  const begin = (deviceId: string, at = service) => {
    const sent: Command[] = [];
    const waiting: (() => void)[] = [];
    const send = (command: Command) => {
      sent.push(command);
      for (const wake of waiting.splice(0)) wake();
    };
    at.delivery.began({ projectId: api.projectId, deviceId, id: session, send });
    const some = async (count: number) => {
      while (sent.length < count) await new Promise<void>((resolve) => waiting.push(resolve));
      return sent;
    };
    return { sent, some };
  };

  test('of many who ask at once each gets a number of its own', async () => {
    const id = await api.join('many');
    await Promise.all(Array.from({ length: 12 }, () => ask('many')));
    assert.deepEqual(
      (await rows(id)).map(({ number }) => number),
      Array.from({ length: 12 }, (_, at) => at + 1),
    );
    const { some } = begin(id);
    assert.deepEqual(
      (await some(8)).map(({ number }) => number),
      [1, 2, 3, 4, 5, 6, 7, 8],
    );
    service.delivery.ended(id);
  });

  test('an answer is kept once, whoever else settled it, and lets the next be sent', async () => {
    const id = await api.join('asked');
    const device = { projectId: api.projectId, deviceId: id };
    const made = await ask('asked');
    const { some } = begin(id);
    await some(1);
    const answer = { id: made.id, session, outcome: 'done' as const, result: { is: 'first' } };
    await Promise.all([1, 2, 3].map(() => service.delivery.answered(device, answer)));
    await service.delivery.answered(device, { ...answer, outcome: 'failed', result: {} });
    const kept = await service.get(api.projectId, 'asked', made.id, 1000);
    assert.deepEqual([kept.state, kept.result], ['done', { is: 'first' }]);
    await service.delivery.answered(device, { ...answer, id: session });
    service.delivery.ended(id);
  });

  test('an answer whose words no database can hold settles all the same', async () => {
    const id = await api.join('odd');
    const made = await ask('odd');
    const answer = { id: made.id, session, outcome: 'failed' as const, message: 'no file "x\0"' };
    await service.delivery.answered({ projectId: api.projectId, deviceId: id }, answer);
    assert.deepEqual(
      (await rows(id)).map(({ state, message }) => [state, message]),
      [['failed', 'no file "x\uFFFD"']],
    );
  });

  test('those of a device that was removed are deleted, and those of others are not', async () => {
    const [gone, stays] = [await api.join('gone'), await api.join('stays')];
    for (const device of ['gone', 'stays']) await ask(device);
    expectStatus(await api.ask('DELETE', '/devices/gone'), 204);
    await deleteOrphans(context().db);
    assert.deepEqual([(await rows(gone)).length, (await rows(stays)).length], [0, 1]);
  });

  test('a device that another hub has a session with is asked by that one', async () => {
    const id = await api.join('elsewhere');
    const other = commandService(context(), true);
    const { some } = begin(id, other);
    const made = await ask('elsewhere');
    other.delivery.lookThrough();
    await some(1);
    const waiting = service.get(api.projectId, 'elsewhere', made.id, 8_000);
    await other.delivery.answered(
      { projectId: api.projectId, deviceId: id },
      { id: made.id, session, outcome: 'done' },
    );
    assert.equal((await waiting).state, 'done');
    await other.delivery.stop();
  });

  test('few are kept, and results of fewer, but all that are open', async () => {
    const id = await api.join('busy');
    const open = await ask('busy', { kind: 'message', args: { body: 1 }, ttlSeconds: 86_400 });
    const { db } = context();
    const [row] = await rows(id);
    const done = {
      ...row!,
      state: 'done',
      settled_by: 'device',
      settled_at: row!.created_at,
      result: '{}',
    } as const;
    for (let number = 2; number <= 520; number++)
      await db
        .insertInto('commands')
        .values({ ...done, id: crypto.randomUUID(), number })
        .execute();
    const last = await ask('busy');
    await service.delivery.answered(
      { projectId: api.projectId, deviceId: id },
      { id: last.id, session, outcome: 'done', result: {} },
    );
    const kept = await rows(id);
    assert.equal(kept[0]!.id, open.id);
    assert.equal(kept.length, 501);
    assert.equal(kept.filter(({ result }) => result !== null).length, 32);
  });

  test('pages of logs that somebody followed push out nothing that others asked for', async () => {
    const id = await api.join('followed');
    const restart = await ask('followed', { kind: 'restart-runtime' });
    const deviceId = { projectId: api.projectId, deviceId: id };
    const done = (command: { id: string }) =>
      service.delivery.answered(deviceId, { id: command.id, session, outcome: 'done', result: {} });
    await done(restart);
    const page = { ...(await rows(id))[0]!, kind: 'logs' };
    for (let number = 2; number <= 600; number += 25) {
      const pages = Array.from({ length: 24 }, (_, n) => ({
        ...page,
        id: crypto.randomUUID(),
        number: number + n,
      }));
      await context().db.insertInto('commands').values(pages).execute();
      await done(await ask('followed', { kind: 'logs' }));
    }
    const kept = await rows(id);
    assert.equal(kept[0]!.id, restart.id);
    assert.equal(kept.length, 33);
  });
});
