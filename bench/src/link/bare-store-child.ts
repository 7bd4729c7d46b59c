import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { answerOrders } from '../orders.ts';
import { reading } from './readings.ts';

export interface BareStoreOrder {
  /** A hub's database: the tables are made as they are there. */
  readonly like: string;
  readonly devices: readonly string[];
  readonly perBatch: number;
  readonly forMs: number;
}

const MADE_BATCHES = 8;

// One thread, no network, nothing checked: the rows of readings into SQLite, a batch a transaction.
answerOrders(async (order: BareStoreOrder): Promise<{ readonly perSecond: number }> => {
  const folder = mkdtempSync(join(tmpdir(), 'skerry-bare-store-'));
  try {
    using database = openLike(order.like, join(folder, 'bare.db'));
    return insertFor(database, order);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

function openLike(like: string, path: string): DatabaseSync {
  using model = new DatabaseSync(like, { readOnly: true });
  const made = model
    .prepare("select sql from sqlite_master where tbl_name = 'messages' and sql is not null")
    .all();
  const database = new DatabaseSync(path, { enableForeignKeyConstraints: false });
  database.exec('PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL');
  for (const { sql } of made) database.exec(String(sql));
  return database;
}

function insertFor(database: DatabaseSync, { devices, perBatch, forMs }: BareStoreOrder) {
  const texts = Array.from({ length: MADE_BATCHES * perBatch }, (_, i) => reading(i + 1));
  const rows = texts.map((text) => ({ text, ...JSON.parse(text) }));
  const insert = database.prepare(
    `insert into messages (device_id, producer, stream, epoch, number, project_id, source, event_id, type, time,
       received_at, body) values (?, 'runtime', 'result', 1, ?, 'p', ?, ?, ?, ?, ?, ?) on conflict do nothing`,
  );
  const began = performance.now();
  let inserted = 0;
  for (let first = 0; performance.now() - began < forMs; first += perBatch)
    for (const device of devices) {
      database.exec('begin immediate');
      for (let i = 0; i < perBatch; i++) {
        const { text, source, id, type, time } = rows[(first + i) % rows.length]!;
        insert.run(device, first + i, source, `${id}/${first}`, type, time, time, text);
      }
      database.exec('commit');
      inserted += perBatch;
    }
  return { perSecond: (inserted * 1000) / (performance.now() - began) };
}
