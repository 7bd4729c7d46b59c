import { mkdirSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { producer, streamHash, streamName } from '@skerry/contracts';
import { isSkerryError } from '@skerry/kit';
import { z } from 'zod';
import { agentError } from '../errors.ts';
import { type AgentState, type FactName, facts, type Position } from '../state/state.ts';
import { commandRecordsIn, inboxIn, makeCommandTables } from './sqlite-commands.ts';

/** Raised when an older agent could not read what a newer one wrote. */
const SCHEMA_VERSION = 1;

const positionRow = z
  .object({
    producer,
    stream: streamName,
    stream_id: z.string(),
    epoch: z.number(),
    base: z.number(),
    acknowledged: z.number(),
    hash: streamHash,
    dropped: z.number(),
  })
  .transform(({ stream_id: streamId, ...row }): Position => ({ ...row, streamId }));

/**
 * Opens `agent.db` in the state folder and keeps it locked for as long as the process lives: the lock is the
 * kernel's, so a killed agent leaves none behind. Throws `FolderInUse`, `DataFromNewerVersion`,
 * `DiskFull` or `StorageFailed`.
 */
export function openSqliteState(folder: string): AgentState {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const db = new DatabaseSync(`${folder}/agent.db`, { timeout: 0 });
  try {
    prepare(db, folder);
  } catch (error) {
    db.close();
    throw error;
  }
  return stateIn(db);
}

function prepare(db: DatabaseSync, folder: string): void {
  try {
    lock(db, folder);
    const found = versionOf(db, folder);
    makeTables(db);
    // Nothing is written where all is there: an agent has to start on a full disk too.
    if (found !== SCHEMA_VERSION) db.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`);
    db.exec('COMMIT');
  } catch (error) {
    throw isSkerryError(error) ? error : cannotOpen(folder, error);
  }
}

function lock(db: DatabaseSync, folder: string): void {
  try {
    db.exec('PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL');
    db.exec('BEGIN IMMEDIATE');
  } catch (error) {
    if (!isBusy(error)) throw error;
    throw agentError('FolderInUse', `another agent runs on ${folder}`, { cause: error });
  }
}

/** 0 of a database that is new. Throws `DataFromNewerVersion`. */
function versionOf(db: DatabaseSync, folder: string): number {
  const found = Number(db.prepare('PRAGMA user_version').get()?.user_version);
  if (found <= SCHEMA_VERSION) return found;
  throw agentError(
    'DataFromNewerVersion',
    `${folder}/agent.db has format ${found}; this agent knows ${SCHEMA_VERSION}`,
  );
}

function makeTables(db: DatabaseSync): void {
  makeCommandTables(db);
  db.exec(`
    CREATE TABLE IF NOT EXISTS positions (
      producer TEXT NOT NULL, stream TEXT NOT NULL, stream_id TEXT NOT NULL, epoch INTEGER NOT NULL,
      base INTEGER NOT NULL, acknowledged INTEGER NOT NULL, hash TEXT NOT NULL, dropped INTEGER NOT NULL,
      PRIMARY KEY (producer, stream)
    ) STRICT;
    CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT`);
}

function stateIn(db: DatabaseSync): AgentState {
  const allPositions = db.prepare('SELECT * FROM positions');
  const putPosition = db.prepare('REPLACE INTO positions VALUES (?, ?, ?, ?, ?, ?, ?, ?)');
  const getFact = db.prepare('SELECT value FROM facts WHERE name = ?');
  const putFact = db.prepare('REPLACE INTO facts VALUES (?, ?)');
  return {
    positions: () => z.array(positionRow).parse(allPositions.all()),
    savePosition: (p) => {
      putPosition.run(p.producer, p.stream, p.streamId, p.epoch, p.base, p.acknowledged, p.hash, p.dropped);
    },
    recall: <Name extends FactName>(name: Name) => {
      const text = getFact.get(name)?.value;
      return facts[name].parse(typeof text === 'string' ? JSON.parse(text) : undefined) as never;
    },
    remember: (name, value) => {
      putFact.run(name, JSON.stringify(value));
    },
    commands: commandRecordsIn(db),
    inbox: inboxIn(db),
    close: () => db.close(),
  };
}

/** SQLite's result code, without what extends it (https://sqlite.org/rescode.html). */
const codeOf = (error: unknown) => Number((error as { errcode?: number }).errcode) & 0xff;
const [BUSY, LOCKED, FULL] = [5, 6, 13];
const isBusy = (error: unknown) => codeOf(error) === BUSY || codeOf(error) === LOCKED;

const cannotOpen = (folder: string, cause: unknown) =>
  codeOf(cause) === FULL
    ? agentError('DiskFull', `there is no room for ${folder}/agent.db`, { cause })
    : agentError('StorageFailed', `${folder}/agent.db cannot be opened: ${(cause as Error).message}`, {
        cause,
      });
