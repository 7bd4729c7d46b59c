import type { DatabaseSync } from 'node:sqlite';

/** What the hub did under numbers of a stream. */
export interface Stored {
  readonly device_id: string;
  readonly producer: string;
  readonly stream: string;
  readonly epoch: number;
  readonly first: number;
  readonly last: number;
  /** `told`: a message came, which the hub may have had under another number. */
  readonly what: 'told' | 'stored' | 'notice';
  /** Null for a drop notice. */
  readonly event_id: string | null;
  /** Messages that a notice stands for. */
  readonly count: number;
  /** Why, in a notice. */
  readonly reason: string | null;
}

export interface StreamEnd {
  readonly device_id: string;
  readonly producer: string;
  readonly stream: string;
  readonly epoch: number;
  readonly next_number: number;
}

/** The simulator's own look into the hub's database: triggers note what is stored, in the transaction that stores it. */
export interface Books {
  /** What was committed since the last call; undefined while a transaction is open. */
  read(): { readonly stored: Stored[]; readonly ends: StreamEnd[] } | undefined;
  /** What the hub wants of each device, by its id. */
  /** Ids of the devices that are shown as restored or cloned. */
  notUnique(): Set<string>;
  desired(): Map<string, { epoch: number; version: number }> | undefined;
}

const noting = (name: string, when: string, values: string) => `
  CREATE TRIGGER IF NOT EXISTS simulator_${name} ${when} BEGIN
    INSERT INTO simulator_books VALUES (NEW.device_id, NEW.producer, NEW.stream, NEW.epoch, ${values});
  END;`;

const TRIGGERS = `
  CREATE TABLE IF NOT EXISTS simulator_books (
    device_id TEXT, producer TEXT, stream TEXT, epoch INTEGER,
    first INTEGER, last INTEGER, what TEXT, event_id TEXT, count INTEGER, reason TEXT
  );
  ${noting('told', 'BEFORE INSERT ON messages', "NEW.number, NEW.number, 'told', NEW.event_id, 0, NULL")}
  ${noting('stored', 'AFTER INSERT ON messages', "NEW.number, NEW.number, 'stored', NEW.event_id, 0, NULL")}
  ${noting('notice', 'AFTER INSERT ON drop_notices', "NEW.first_number, NEW.last_number, 'notice', NULL, NEW.count, NEW.reason")}`;

export function openBooks(database: DatabaseSync): Books {
  database.exec(TRIGGERS);
  const stored = database.prepare('SELECT * FROM simulator_books ORDER BY rowid');
  const forget = database.prepare('DELETE FROM simulator_books');
  const ends = database.prepare('SELECT device_id, producer, stream, epoch, next_number FROM streams');
  const epoch = database.prepare('SELECT epoch FROM installation');
  const versions = database.prepare('SELECT device_id, desired_version FROM twins');
  const found = database.prepare('SELECT device_id FROM device_continuity WHERE found_at IS NOT NULL');
  return {
    notUnique: () => new Set(found.all().map((row) => String(row.device_id))),
    read() {
      if (database.isTransaction) return undefined;
      const rows = stored.all() as unknown as Stored[];
      forget.run();
      return { stored: rows, ends: ends.all() as unknown as StreamEnd[] };
    },
    desired() {
      if (database.isTransaction) return undefined;
      const now = Number(epoch.get()?.epoch);
      return new Map(
        versions
          .all()
          .map((row) => [String(row.device_id), { epoch: now, version: Number(row.desired_version) }]),
      );
    },
  };
}
