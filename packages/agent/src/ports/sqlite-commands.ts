import type { DatabaseSync } from 'node:sqlite';
import { commandAnswer, type InboxMessage } from '@skerry/contracts';
import { z } from 'zod';
import {
  type CommandRecords,
  type Inbox,
  inboxPageMessages,
  maxInboxBytes,
  maxInboxMessages,
  received,
} from '../commands/records.ts';

export function makeCommandTables(db: DatabaseSync): void {
  db.exec(`
    CREATE TABLE IF NOT EXISTS commands (id TEXT PRIMARY KEY, number INTEGER NOT NULL, outcome TEXT) STRICT;
    CREATE TABLE IF NOT EXISTS inbox (
      number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, body TEXT NOT NULL, bytes INTEGER NOT NULL
    ) STRICT`);
}

/** Makes the inbox of a new database give numbers from behind that one. */
export function numberAfter(db: DatabaseSync, number: number): void {
  db.prepare("INSERT INTO sqlite_sequence (name, seq) VALUES ('inbox', ?)").run(number);
}

const outcome = commandAnswer.omit({ id: true, session: true });
const recordRow = z.object({ outcome: z.string().nullable() });
const inboxRow = z
  .object({ number: z.number(), id: z.string(), body: z.string() })
  .transform(({ body, ...row }): InboxMessage => ({ ...row, body: JSON.parse(body) }));

/** One that the disk has damaged keeps nobody from those behind it. */
function readable(row: unknown): InboxMessage[] {
  try {
    return [inboxRow.parse(row)];
  } catch {
    return [];
  }
}

export function commandRecordsIn(db: DatabaseSync): CommandRecords {
  const find = db.prepare('SELECT outcome FROM commands WHERE id = ?');
  const count = db.prepare('SELECT count(*) AS count FROM commands');
  const insert = db.prepare('INSERT INTO commands VALUES (?, ?, ?)');
  const update = db.prepare('UPDATE commands SET outcome = ? WHERE id = ?');
  const remove = db.prepare('DELETE FROM commands WHERE number <= ?');
  const add = db.prepare('INSERT INTO inbox (id, body, bytes) VALUES (?, ?, ?)');
  const makeRoom = db.prepare(`
    DELETE FROM inbox WHERE number IN (
      SELECT number FROM (SELECT number, sum(bytes) OVER newest AS bytes, count(*) OVER newest AS count FROM inbox
        WINDOW newest AS (ORDER BY number DESC))
      WHERE bytes > ? OR count > ?)`);
  return {
    find(id) {
      const row = find.get(id);
      if (!row) return undefined;
      const { outcome: text } = recordRow.parse(row);
      return { outcome: text === null ? undefined : outcome.parse(JSON.parse(text)) };
    },
    count: () => Number(count.get()?.count),
    begin: ({ id, number }) => void insert.run(id, number, null),
    settle: (id, result) => void update.run(JSON.stringify(result), id),
    receive: ({ id, number }, body) =>
      atOnce(db, () => {
        const text = JSON.stringify(body);
        const { lastInsertRowid } = add.run(id, text, Buffer.byteLength(text));
        makeRoom.run(maxInboxBytes, maxInboxMessages);
        const done = received(Number(lastInsertRowid));
        insert.run(id, number, JSON.stringify(done));
        return done;
      }),
    forget: (number) => void remove.run(number),
  };
}

export function inboxIn(db: DatabaseSync): Inbox {
  const select = db.prepare('SELECT number, id, body FROM inbox WHERE number > ? ORDER BY number LIMIT ?');
  const bounds = db.prepare(
    `SELECT coalesce((SELECT min(number) FROM inbox),
      1 + (SELECT seq FROM sqlite_sequence WHERE name = 'inbox'), 1) AS oldest`,
  );
  return {
    after: (number) => ({
      messages: select.all(number, inboxPageMessages).flatMap(readable),
      oldest: Number(bounds.get()?.oldest),
    }),
  };
}

function atOnce<T>(db: DatabaseSync, work: () => T): T {
  db.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    db.exec('COMMIT');
    return result;
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}
