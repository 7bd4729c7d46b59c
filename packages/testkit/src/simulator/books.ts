import type { DatabaseSync } from 'node:sqlite';

/** What the hub did under numbers of a stream. */
export interface Entry {
  readonly device_id: string;
  readonly producer: string;
  readonly stream: string;
  readonly epoch: number;
  readonly first: number;
  readonly last: number;
  /**
   * `repeated`: a message came that the hub had already, under this number or another. `moved`: the stream is at the
   * end of `last`.
   */
  readonly what: 'stored' | 'repeated' | 'notice' | 'moved';
  /** Of a message. */
  readonly event_id: string | null;
  /** Of a message of the runtime that was stored. */
  readonly body: string | null;
  /** Messages that a notice stands for. */
  readonly count: number;
  /** Why, in a notice. */
  readonly reason: string | null;
}

/** A command as the hub has it. */
export interface KeptCommand {
  readonly state: string;
  readonly settled_at: string | null;
  readonly settled_by: 'device' | 'hub' | null;
  readonly message: string | null;
}

/** The simulator's own look into the hub's database: triggers note what is stored, in the transaction that stores it. */
export interface Books {
  /** What was committed since the last call, in order; undefined while a transaction is open. */
  read(): Entry[] | undefined;
  /** Ids of the devices that are shown as restored or cloned. */
  notUnique(): Set<string>;
  /** Ids of the devices that a person has revoked. */
  revoked(): Set<string>;
  /** What the hub wants of each device, by its id. */
  desired(): Map<string, { epoch: number; version: number }> | undefined;
  command(id: string): KeptCommand | undefined;
  /** How often the hub has a message now. */
  copiesOf(deviceId: string, eventId: string): number;
}

const noting = (name: string, when: string, values: string, which = '') => `
  CREATE TRIGGER IF NOT EXISTS simulator_${name} ${when} ${which} BEGIN
    INSERT INTO simulator_books VALUES (NEW.device_id, NEW.producer, NEW.stream, NEW.epoch, ${values});
  END;`;

const MESSAGE = 'NEW.number, NEW.number';
const POSITION = "1, NEW.next_number - 1, 'moved', NULL, NULL, 0, NULL";
const NOTICE = "NEW.first_number, NEW.last_number, 'notice', NULL, NULL, NEW.count, NEW.reason";
const BODY = "CASE NEW.producer WHEN 'runtime' THEN NEW.body END";
/** By source and id the hub knows a message again. */
const KNOWN = `WHEN EXISTS (SELECT 1 FROM messages WHERE project_id = NEW.project_id
  AND device_id = NEW.device_id AND source = NEW.source AND event_id = NEW.event_id)`;

const TRIGGERS = `
  CREATE TABLE IF NOT EXISTS simulator_books (
    device_id TEXT, producer TEXT, stream TEXT, epoch INTEGER,
    first INTEGER, last INTEGER, what TEXT, event_id TEXT, body TEXT, count INTEGER, reason TEXT
  );
  ${noting('repeated', 'BEFORE INSERT ON messages', `${MESSAGE}, 'repeated', NEW.event_id, NULL, 0, NULL`, KNOWN)}
  ${noting('stored', 'AFTER INSERT ON messages', `${MESSAGE}, 'stored', NEW.event_id, ${BODY}, 0, NULL`)}
  ${noting('notice', 'AFTER INSERT ON drop_notices', NOTICE)}
  ${noting('began', 'AFTER INSERT ON streams', POSITION)}
  ${noting('moved', 'AFTER UPDATE ON streams', POSITION)}`;

export function openBooks(database: DatabaseSync): Books {
  database.exec(TRIGGERS);
  const entries = database.prepare('SELECT * FROM simulator_books ORDER BY rowid');
  const forget = database.prepare('DELETE FROM simulator_books');
  const epoch = database.prepare('SELECT epoch FROM installation');
  const versions = database.prepare('SELECT device_id, desired_version FROM twins');
  const found = database.prepare('SELECT device_id FROM device_continuity WHERE found_at IS NOT NULL');
  const revoked = database.prepare('SELECT device_id FROM device_standing WHERE revoked_at IS NOT NULL');
  const copies = database.prepare('SELECT count(*) n FROM messages WHERE device_id = ? AND event_id = ?');
  const command = database.prepare(
    'SELECT state, settled_at, settled_by, message FROM commands WHERE id = ?',
  );
  return {
    notUnique: () => new Set(found.all().map((row) => String(row.device_id))),
    revoked: () => new Set(revoked.all().map((row) => String(row.device_id))),
    read() {
      if (database.isTransaction) return undefined;
      const rows = entries.all() as unknown as Entry[];
      if (rows.length > 0) forget.run();
      return rows;
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
    copiesOf: (deviceId, eventId) => Number(copies.get(deviceId, eventId)?.n),
    command: (id) => command.get(id) as unknown as KeptCommand | undefined,
  };
}
