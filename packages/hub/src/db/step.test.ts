import assert from 'node:assert/strict';
import { test } from 'node:test';
import { uuidv7 } from '@skerry/kit';
import { prepared } from './prepared.ts';
import { together } from './step.ts';
import { forEachDatabase } from './store-suite.ts';

interface Named {
  readonly id: string;
  readonly name: string;
}

const insertProject = prepared(['id', 'name'], (db, { id, name }: Named) =>
  db.insertInto('projects').values({ id, name, created_at: 'then', revision: 1 }),
);
const selectProject = prepared(['id'], (db, { id }: Pick<Named, 'id'>) =>
  db.selectFrom('projects').select('name').where('id', '=', id),
);

forEachDatabase('steps that run together', (context) => {
  const newId = () => uuidv7(context().clock, context().random);
  const insert = (id: string) =>
    insertProject.step({ id, name: id }, ({ numAffectedRows }) => numAffectedRows === 1n);
  const find = (id: string) => selectProject.step({ id }, ({ rows }) => rows.map(({ name }) => name));
  const nameOf = async (id: string) => (await selectProject(context().db, { id })).rows[0]?.name;

  test('each says its own, and sees what those before it did', async () => {
    const [first, second] = [newId(), newId()];
    const said = await context()
      .db.transaction()
      .execute((trx) => together(trx, [find(first), insert(first), find(first), insert(second)]));
    assert.deepEqual(said, [[], true, [first], true]);
    assert.equal(await nameOf(second), second);
  });

  test('none is nothing', async () => {
    assert.deepEqual(await together(context().db, []), []);
  });

  test('behind one that fails none is run, and its transaction leaves nothing', async () => {
    const [first, second] = [newId(), newId()];
    const failing = context()
      .db.transaction()
      .execute((trx) => together(trx, [insert(first), insert(first), insert(second)]));
    await assert.rejects(failing, /unique/i);
    assert.deepEqual([await nameOf(first), await nameOf(second)], [undefined, undefined]);
  });

  test('a transaction keeps nothing once one has failed, though nobody listened', async () => {
    const [first, second] = [newId(), newId()];
    const deaf = context()
      .db.transaction()
      .execute(async (trx) => {
        await together(trx, [insert(first)]);
        await together(trx, [insert(first)]).catch(() => {});
        await together(trx, [insert(second)]);
      });
    await assert.rejects(deaf);
    assert.deepEqual([await nameOf(first), await nameOf(second)], [undefined, undefined]);
  });

  test('behind one that fails none is run, without a transaction too', async () => {
    const [first, second] = [newId(), newId()];
    await assert.rejects(together(context().db, [insert(first), insert(first), insert(second)]), /unique/i);
    assert.deepEqual([await nameOf(first), await nameOf(second)], [first, undefined]);
  });
});
