import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { isSkerryError } from '@skerry/kit';
import { type TestApi, testApi } from '../api/api-suite.ts';
import { forEachDatabase } from '../db/store-suite.ts';
import { reportVersionOf, twinStates } from './read-model.ts';
import { twinReports } from './reports.ts';

const session = '01a1fbdb-9e12-711b-9040-3629ab17bf64';
const pipeline = (frames: number) => ({ phase: 'Serving', frames, failed: 0, captured: 0 });

forEachDatabase('reports of devices', (context) => {
  let api: TestApi;
  const stateOf = async (id: string) =>
    (await twinStates(context().db, api.projectId, [id])).get(id)?.reported;
  before(async () => {
    api = await testApi(context());
  });

  test('differences add up; one that does not follow asks for the whole', async () => {
    const id = await api.join('report-1');
    const { apply } = twinReports(context());
    assert.equal(await reportVersionOf(context().db, id), 0);
    await apply(id, {
      session,
      base: 0,
      version: 1,
      patch: { pipelines: { a: pipeline(1), b: pipeline(2) } },
    });
    assert.deepEqual(
      await apply(id, { session, base: 1, version: 2, patch: { pipelines: { a: null, b: { frames: 3 } } } }),
      { stored: 2 },
    );
    assert.deepEqual(await stateOf(id), { pipelines: { b: pipeline(3) } });
    assert.deepEqual(await apply(id, { session, base: 7, version: 8, patch: { pipelines: {} } }), {
      stored: 2,
    });
    assert.deepEqual(await stateOf(id), { pipelines: { b: pipeline(3) } }, 'nothing was changed');
    assert.deepEqual(await apply(id, { session, base: 0, version: 8, patch: { models: {} } }), { stored: 8 });
    assert.deepEqual(await stateOf(id), { models: {} });
  });

  test('of two that follow the same, one is stored', async () => {
    const id = await api.join('report-2');
    const { apply } = twinReports(context());
    await apply(id, { session, base: 0, version: 1, patch: {} });
    const patch = (frames: number) => ({ pipelines: { a: pipeline(frames) } });
    const stored = await Promise.all(
      [2, 3].map((version) => apply(id, { session, base: 1, version, patch: patch(version) })),
    );
    const version = await reportVersionOf(context().db, id);
    assert.deepEqual(stored.filter((it) => it.stored === version).length, 2, 'both learn which one it was');
    assert.equal((await stateOf(id))?.pipelines?.a?.frames, version);
  });

  test('what a device may not say is refused, and what it said before stays', async () => {
    const id = await api.join('report-3');
    const { apply } = twinReports(context());
    await apply(id, { session, base: 0, version: 1, patch: { pipelines: { a: pipeline(1) } } });
    const wrong = apply(id, {
      session,
      base: 1,
      version: 2,
      patch: { pipelines: { a: { frames: 'many' } } },
    });
    await assert.rejects(wrong, (error) => isSkerryError(error, 'InvalidRequest'));
    assert.equal(await reportVersionOf(context().db, id), 1);
    await assert.rejects(apply('nobody', { session, base: 0, version: 1, patch: {} }), (error) =>
      isSkerryError(error, 'NotFound'),
    );
  });
});
