import { existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { type Clock, isSkerryError, type Ports, retry } from '@skerry/kit';
import { z } from 'zod';
import { agentError } from '../errors.ts';
import { reading } from '../reading.ts';
import { type AgentState, type FactName, facts } from '../state/state.ts';
import { commandRecordsIn, inboxIn, makeCommandTables, numberAfter } from './sqlite-commands.ts';
import { makePositionTable, positionsIn } from './sqlite-positions.ts';

/** Messages of an inbox that takes the place of a lost one are counted on from the seconds since then. */
const NUMBERS_FROM = Date.UTC(2025, 0, 1);
/** Raised when an older agent could not read what a newer one wrote. */
const SCHEMA_VERSION = 3;

/**
 * Opens `agent.db` in the state folder and keeps it locked for as long as the process lives: the lock is the
 * kernel's, so a killed agent leaves none behind. One that is damaged is set aside as `agent.db.bad`, and begun anew:
 * then the hub sees the device as restored, and nobody has to go there. Its inbox goes on with numbers that the lost
 * one did not reach, since programs wait for what is behind the last that they saw. Throws `FolderInUse`,
 * `DataFromNewerVersion`, `DiskFull` or `StorageFailed`.
 */
export function openSqliteState(
  folder: string,
  clock: Pick<Clock, 'now'>,
  onSetAside: (why: unknown) => void = () => {},
  isGone: (error: unknown) => boolean = isDamaged,
): AgentState {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return openWhole(folder, clock, onSetAside, isGone);
  } catch (error) {
    throw isSkerryError(error) ? error : cannotOpen(folder, error);
  }
}

/** Opens it where the disk may fail to read it: that may be over in a moment, and else it counts as damaged. */
export function openStatePatiently(
  folder: string,
  ports: Pick<Ports, 'clock' | 'random'>,
  onSetAside: (why: unknown) => void,
): Promise<AgentState> {
  const orUnread = (error: unknown) => isDamaged(error) || isUnread(error);
  const open = async (attempt: number) =>
    openSqliteState(folder, ports.clock, onSetAside, attempt < reading.attempts ? isDamaged : orUnread);
  const worthRetrying = (error: unknown) => isUnread((error as Error).cause);
  return retry(open, { ...ports, ...reading, worthRetrying });
}

function openWhole(
  folder: string,
  clock: Pick<Clock, 'now'>,
  onSetAside: (why: unknown) => void,
  isGone: (error: unknown) => boolean,
): AgentState {
  try {
    return open(folder, lastNumber(folder, clock));
  } catch (error) {
    if (!isGone(error)) throw error;
    for (const end of ['', '-wal']) setAside(`${folder}/agent.db`, end);
    onSetAside(error);
    return open(folder, lastNumber(folder, clock));
  }
}

/** Of an inbox that takes the place of one that was set aside, now or by an agent that ended before it had begun another. */
function lastNumber(folder: string, clock: Pick<Clock, 'now'>): number | undefined {
  const lost = statSync(`${folder}/agent.db.bad`, { throwIfNoEntry: false });
  return lost && Math.max(0, Math.floor((Math.max(clock.now(), lost.mtimeMs) - NUMBERS_FROM) / 1000));
}

/** With its log, so that it can still be looked into. */
function setAside(path: string, end: string): void {
  rmSync(`${path}.bad${end}`, { force: true });
  if (existsSync(path + end)) renameSync(path + end, `${path}.bad${end}`);
}

/** `lastNumber`: of the inbox whose place the new one takes. */
function open(folder: string, lastNumber?: number): AgentState {
  const db = new DatabaseSync(`${folder}/agent.db`, { timeout: 0 });
  try {
    prepare(db, folder, lastNumber);
    return readable(stateIn(db));
  } catch (error) {
    db.close();
    throw error;
  }
}

function prepare(db: DatabaseSync, folder: string, lastNumber: number | undefined): void {
  lock(db, folder);
  const found = versionOf(db, folder);
  requireWhole(db);
  makeTables(db, found);
  if (found === 0 && lastNumber !== undefined) numberAfter(db, lastNumber);
  // Nothing is written where all is there: an agent has to start on a full disk too.
  if (found !== SCHEMA_VERSION) db.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`);
  db.exec('COMMIT');
}

/** Throws as SQLite does where it meets the damage itself. */
function requireWhole(db: DatabaseSync): void {
  const verdict = db.prepare('PRAGMA quick_check(1)').get()?.quick_check;
  if (verdict !== 'ok') throw damaged(String(verdict));
}

/** Damage within a value is nothing that SQLite would see, and without its values no agent starts. */
function readable(state: AgentState): AgentState {
  try {
    state.positions();
    for (const name of Object.keys(facts)) state.recall(name as FactName);
    return state;
  } catch (error) {
    const isDamage = error instanceof SyntaxError || error instanceof z.ZodError;
    throw isDamage ? damaged(error.message) : error;
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
export function versionOf(db: DatabaseSync, folder: string): number {
  const found = Number(db.prepare('PRAGMA user_version').get()?.user_version);
  if (found <= SCHEMA_VERSION) return found;
  throw agentError(
    'DataFromNewerVersion',
    `${folder}/agent.db has format ${found}; this agent knows ${SCHEMA_VERSION}`,
  );
}

function makeTables(db: DatabaseSync, found: number): void {
  makeCommandTables(db);
  makePositionTable(db, found);
  db.exec('CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT');
}

function stateIn(db: DatabaseSync): AgentState {
  const getFact = db.prepare('SELECT value FROM facts WHERE name = ?');
  const putFact = db.prepare('REPLACE INTO facts VALUES (?, ?)');
  return {
    ...positionsIn(db),
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
const [BUSY, LOCKED, CORRUPT, FULL, NOTADB] = [5, 6, 11, 13, 26];
const damaged = (why: string) => Object.assign(new Error(why), { errcode: CORRUPT });
const isDamaged = (error: unknown) => codeOf(error) === CORRUPT || codeOf(error) === NOTADB;
/** SQLITE_IOERR_CORRUPTFS, what it makes of EIO on a read. */
const isUnread = (error: unknown) => (error as { errcode?: number } | undefined)?.errcode === 8458;
const isBusy = (error: unknown) => codeOf(error) === BUSY || codeOf(error) === LOCKED;

const cannotOpen = (folder: string, cause: unknown) =>
  codeOf(cause) === FULL
    ? agentError('DiskFull', `there is no room for ${folder}/agent.db`, { cause })
    : agentError('StorageFailed', `${folder}/agent.db cannot be opened: ${(cause as Error).message}`, {
        cause,
      });
