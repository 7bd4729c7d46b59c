import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { nodeClock } from '@skerry/kit/node';
import { copyState } from '../check/ports/copy-state.ts';
import { inboxPageMessages, maxInboxBytes, maxInboxMessages } from '../commands/records.ts';
import type { AgentState } from '../state/state.ts';
import { memoryState } from '../testing/memory-state.ts';
import { openSqliteState } from './sqlite-state.ts';

const idOf = (number: number) => `01900000-0000-7000-8000-${String(number).padStart(12, '0')}`;
const named = (number: number) => ({ id: idOf(number), number });

function sqliteState(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'skerry-state-'));
  let state = openSqliteState(folder, nodeClock());
  t.after(() => {
    state.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const reopen = () => {
    state.close();
    state = openSqliteState(folder, nodeClock());
    return state;
  };
  /** As so many small messages would, without a commit for each. */
  const fill = (count: number) => {
    state.close();
    const db = new DatabaseSync(join(folder, 'agent.db'));
    db.prepare(
      `WITH RECURSIVE many(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM many WHERE n < ?)
       INSERT INTO inbox (id, body, bytes) SELECT 'filled-' || n, n, 4 FROM many`,
    ).run(count);
    db.close();
    state = openSqliteState(folder, nodeClock());
    return state;
  };
  return { state, reopen, fill, folder };
}

function inMemory() {
  const state = memoryState();
  const fill = (count: number) => {
    for (let number = 1_001; number <= 1_000 + count; number++) state.commands.receive(named(number), number);
    return state;
  };
  return { state, reopen: () => state, fill };
}

test('who looks at a copy of the state sees that there are messages, and not what is in them', async (t) => {
  const { state, folder } = sqliteState(t);
  state.commands.receive(named(1), 'between us');
  state.commands.begin(named(2));
  state.commands.settle(idOf(2), { outcome: 'done', result: { lines: 'between us' } });
  const copy = await copyState(folder);
  assert.deepEqual(
    copy?.tables.inbox?.map((row) => ({ ...row })),
    [{ number: 1, id: idOf(1), bytes: 12 }],
  );
  assert.equal(copy?.tables.commands?.length, 2);
  assert.ok(!JSON.stringify(copy).includes('between us'));
});

/** What records and inbox must do, wherever they are. */
for (const [where, open] of [
  ['SQLite', sqliteState],
  ['memory', inMemory],
] as const) {
  test(`${where}: what was begun and what came of it outlives the process`, (t) => {
    const { state, reopen } = open(t);
    assert.equal(state.commands.find(idOf(1)), undefined);
    for (const number of [1, 2, 3]) state.commands.begin(named(number));
    state.commands.settle(idOf(2), { outcome: 'failed', reason: 'CommandFailed', message: 'no' });
    const again: AgentState = reopen();
    assert.deepEqual(again.commands.find(idOf(1)), { outcome: undefined });
    assert.equal(again.commands.find(idOf(2))?.outcome?.message, 'no');
    again.commands.forget(2);
    assert.deepEqual([again.commands.count(), again.commands.find(idOf(2))], [1, undefined]);
  });

  test(`${where}: a message is there once, with its answer, or not at all`, (t) => {
    const { state, reopen } = open(t);
    assert.deepEqual(state.commands.receive(named(1), { a: 1 }), { outcome: 'done', result: { number: 1 } });
    const again = reopen();
    assert.deepEqual(again.commands.find(idOf(1))?.outcome?.result, { number: 1 });
    assert.deepEqual(again.inbox.after(0), {
      messages: [{ number: 1, id: idOf(1), body: { a: 1 } }],
      oldest: 1,
    });
    assert.deepEqual(again.inbox.after(1).messages, []);
  });

  test(`${where}: the inbox keeps the newest, so many and so large, and never gives a number again`, (t) => {
    const { state, fill } = open(t);
    const large = 'x'.repeat(maxInboxBytes / 64 - 2);
    for (let number = 1; number <= 70; number++) state.commands.receive(named(number), large);
    assert.equal(state.inbox.after(0).oldest, 7);
    assert.equal(state.inbox.after(68).messages[0]?.number, 69);
    const again = fill(maxInboxMessages - 10);
    for (let number = 2_001; number <= 2_010; number++) again.commands.receive(named(number), number);
    const page = again.inbox.after(0);
    assert.deepEqual([page.oldest, page.messages.length], [71, inboxPageMessages]);
  });
}
