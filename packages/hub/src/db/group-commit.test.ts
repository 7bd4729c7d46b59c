import assert from 'node:assert/strict';
import { test } from 'node:test';
import { uuidv7 } from '@skerry/kit';
import { groupCommit } from './group-commit.ts';
import type { Db, Executor } from './schema.ts';
import { forEachDatabase } from './store-suite.ts';

forEachDatabase('a group commit', (context) => {
  /** The database, with the number of pieces in each of its transactions. */
  const counting = () => {
    const { db } = context();
    const groups: number[] = [];
    const transaction = () => ({
      execute: <T>(work: (trx: Executor) => Promise<T>) => {
        groups.push(0);
        return db.transaction().execute(work);
      },
    });
    const piece = () => {
      groups[groups.length - 1]! += 1;
    };
    return { db: { transaction } as unknown as Db, groups, piece };
  };

  const newProject = () => {
    const { clock, random } = context();
    const id = uuidv7(clock, random);
    return { id, row: { id, name: id, created_at: '2026-01-01T00:00:00.000Z', revision: 1 } };
  };
  const exists = async (id: string) =>
    (await context().db.selectFrom('projects').select('id').where('id', '=', id).execute()).length === 1;

  test('what comes while one commits shares the next transaction, within its bound', async () => {
    const { db, groups, piece } = counting();
    const commit = groupCommit({ db, maxWeight: 10, maxPatientWeight: 10 });
    const work = async () => piece();
    await Promise.all([1, 5, 5, 5, 20, 1].map((weight) => commit({ work, weight, urgent: true })));
    assert.deepEqual(groups, [1, 2, 1, 1, 1]);
  });

  test('one that fails takes nothing of the others with it, and keeps nothing itself', async () => {
    const commit = groupCommit({ db: context().db, maxWeight: 10, maxPatientWeight: 10 });
    const insert = (row: ReturnType<typeof newProject>['row'], fails = false) =>
      commit({
        weight: 1,
        urgent: true,
        work: async (trx) => {
          await trx.insertInto('projects').values(row).execute();
          if (fails) throw new Error('no');
          return row.id;
        },
      });
    const [first, second, third, fourth] = [newProject(), newProject(), newProject(), newProject()];
    const done = await Promise.allSettled([
      insert(first.row),
      insert(second.row),
      insert(third.row, true),
      insert(fourth.row),
    ]);
    assert.deepEqual(
      done.map(({ status }) => status),
      ['fulfilled', 'fulfilled', 'rejected', 'fulfilled'],
    );
    const held = await Promise.all([first, second, third, fourth].map(({ id }) => exists(id)));
    assert.deepEqual(held, [true, true, false, true]);
  });

  test('what is urgent goes first, and one of the others goes along each time', async () => {
    const { db } = context();
    const commit = groupCommit({ db, maxWeight: 1, maxPatientWeight: 1 });
    const order: string[] = [];
    const add = (name: string, urgent: boolean) =>
      commit({ weight: 1, urgent, work: async () => void order.push(name) });
    await Promise.all([
      add('first', true),
      ...['a', 'b', 'c'].map((name) => add(name, false)),
      ...['A', 'B', 'C', 'D', 'E', 'F'].map((name) => add(name, true)),
    ]);
    assert.deepEqual(order, ['first', 'a', 'A', 'b', 'B', 'c', 'C', 'D', 'E', 'F']);
  });

  test('what is not urgent keeps to smaller transactions', async () => {
    const { db, groups, piece } = counting();
    const commit = groupCommit({ db, maxWeight: 10, maxPatientWeight: 5 });
    const work = async () => piece();
    await Promise.all([1, 4, 1, 3, 2, 9].map((weight) => commit({ work, weight, urgent: false })));
    assert.deepEqual(groups, [1, 2, 2, 1]);
  });

  test('a database that cannot begin is told to all at once', async () => {
    const transaction = () => ({ execute: () => Promise.reject(new Error('away')) });
    const commit = groupCommit({ db: { transaction } as unknown as Db, maxWeight: 10, maxPatientWeight: 10 });
    const add = () => assert.rejects(commit({ weight: 1, urgent: true, work: async () => {} }), /away/);
    await Promise.all([add(), add(), add()]);
  });
});
