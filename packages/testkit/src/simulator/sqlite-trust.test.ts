import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, rmSync, statSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';

const COMMITS = 20;

/**
 * What the simulator takes for granted of SQLite: a power cut leaves a prefix of its commits, no shorter than the last
 * that was synced. A log (WAL) that ends where commit i ended, or anywhere before the end of the next, holds i.
 */
test('a write-ahead log cut at commit i opens with exactly i commits', () => {
  const folder = mkdtempSync(join(tmpdir(), 'skerry-wal-'));
  try {
    const ends = writeCommits(join(folder, 'a.db'));
    assert.equal(new Set(ends).size, COMMITS);
    for (const [index, end] of ends.entries()) {
      const next = ends[index + 1] ?? end;
      for (const cut of new Set([end, Math.floor((end + next) / 2), Math.max(end, next - 1)]))
        assert.equal(commitsIn(folder, cut), index + 1, `cut at ${cut}`);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

/** Sizes of the log after each commit; the files stay as a process that was killed would leave them. */
function writeCommits(path: string): number[] {
  const db = new DatabaseSync(path);
  db.exec(
    'PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=0; CREATE TABLE t (n, text)',
  );
  const insert = db.prepare('INSERT INTO t VALUES (?, ?)');
  const ends = Array.from({ length: COMMITS }, (_, index) => {
    db.exec('BEGIN IMMEDIATE');
    for (let row = 0; row <= index % 3; row++) insert.run(index + 1, 'x'.repeat(3000));
    db.exec('COMMIT');
    return statSync(`${path}-wal`).size;
  });
  for (const end of ['', '-wal']) copyFileSync(path + end, path.replace('a.db', 'kept.db') + end);
  db.close();
  return ends;
}

function commitsIn(folder: string, walBytes: number): number {
  const path = join(folder, 'cut.db');
  for (const end of ['', '-wal', '-shm']) rmSync(path + end, { force: true });
  for (const end of ['', '-wal']) copyFileSync(join(folder, `kept.db${end}`), path + end);
  truncateSync(`${path}-wal`, walBytes);
  const db = new DatabaseSync(path);
  try {
    return Number(db.prepare('SELECT count(DISTINCT n) AS n FROM t').get()?.n);
  } finally {
    db.close();
  }
}
