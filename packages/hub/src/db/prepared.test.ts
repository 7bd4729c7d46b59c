import assert from 'node:assert/strict';
import { test } from 'node:test';
import { uuidv7 } from '@skerry/kit';
import { prepared, textsIn } from './prepared.ts';
import type { Executor } from './schema.ts';
import { forEachDatabase } from './store-suite.ts';

interface Named {
  readonly id: string;
  readonly name: string;
}

const insertProject = prepared(['id', 'name'], (db, { id, name }: Named) =>
  db.insertInto('projects').values({ id, name, created_at: 'then', revision: 1 }),
);
const renameProject = prepared(['id', 'name'], (db, { id, name }: Named) =>
  db.updateTable('projects').set({ name }).where('id', '=', id),
);
const selectProject = prepared(['id'], (db, { id }: Pick<Named, 'id'>) =>
  db.selectFrom('projects').select(['name', 'created_at', 'revision']).where('id', '=', id).limit(1),
);
const selectProjects = prepared(['ids'], (db, { ids }: { ids: string }) =>
  db.selectFrom('projects').select('id').where('id', 'in', textsIn(db, ids)).orderBy('id'),
);

forEachDatabase('a prepared statement', (context) => {
  const insert = async (db: Executor) => {
    const { clock, random } = context();
    const id = uuidv7(clock, random);
    await insertProject(db, { id, name: id });
    return id;
  };

  test('takes other values with every run, and keeps its own', async () => {
    const { db } = context();
    const [first, second] = [await insert(db), await insert(db)];
    const renamed = await renameProject(db, { id: second, name: `${second} again` });
    assert.equal(renamed.numAffectedRows, 1n);
    const rest = { created_at: 'then', revision: 1 };
    assert.deepEqual((await selectProject(db, { id: first })).rows, [{ name: first, ...rest }]);
    assert.deepEqual((await selectProject(db, { id: second })).rows, [{ name: `${second} again`, ...rest }]);
    assert.deepEqual((await selectProject(db, { id: 'none' })).rows, []);
  });

  test('takes a list of any length as one value', async () => {
    const { db } = context();
    const ids = [await insert(db), await insert(db)].sort();
    for (const some of [[], ids.slice(1), ids]) {
      const { rows } = await selectProjects(db, { ids: JSON.stringify([...some, 'none']) });
      assert.deepEqual(
        rows.map(({ id }) => id),
        some,
      );
    }
  });

  test('runs in the transaction that it is given', async () => {
    const { db } = context();
    let id = '';
    const failing = db.transaction().execute(async (trx) => {
      id = await insert(trx);
      assert.equal((await selectProject(trx, { id })).rows.length, 1);
      throw new Error('rolled back');
    });
    await assert.rejects(failing, /rolled back/);
    assert.deepEqual((await selectProject(db, { id })).rows, []);
  });
});
