import { describeError, type SkerryError } from '@skerry/kit';
import { hubError } from '../errors.ts';
import { SqliteError } from './sqlite-client.ts';

/** SQLite's result codes (https://sqlite.org/rescode.html). */
const sqlite = { busy: 5, full: 13, notADatabase: 26, unique: 2067, primaryKey: 1555, noRoomForIndex: 4874 };
/** PostgreSQL's (appendix A of its manual). */
const postgres = { uniqueViolation: '23505', diskFull: '53100' };

/** True when a row with that key is there already, in either database. */
export function isUniqueViolation(error: unknown): boolean {
  if (error instanceof SqliteError) return error.code === sqlite.unique || error.code === sqlite.primaryKey;
  return codeOf(error) === postgres.uniqueViolation;
}

/** What a database's own error means to people, where it is not a defect of ours. */
export function databaseError(error: unknown): SkerryError | undefined {
  return isDiskFull(error)
    ? hubError('DiskFull', 'the database found no room for a write', { cause: error })
    : undefined;
}

/** SQLite has a code of its own for when the index of the write-ahead log finds no room. */
function isDiskFull(error: unknown): boolean {
  if (error instanceof SqliteError) return error.code === sqlite.full || error.code === sqlite.noRoomForIndex;
  return codeOf(error) === postgres.diskFull;
}

/** Why the file at `path` cannot be used. */
export function openingError(error: unknown, path: string): SkerryError {
  const code = error instanceof SqliteError ? error.code & 0xff : 0;
  const cause = { cause: error };
  if (code === sqlite.busy) return hubError('FolderInUse', `another process has ${path} open`, cause);
  if (isDiskFull(error)) return hubError('DiskFull', `there is no room for ${path}`, cause);
  if (code === sqlite.notADatabase)
    return hubError('StorageFailed', `${path} is not a database of Skerry`, cause);
  return hubError('StorageFailed', `${path} cannot be opened: ${describeError(error)}`, cause);
}

/** Why the PostgreSQL server at `host` cannot be used. */
export function connectingError(error: unknown, host: string): SkerryError {
  const detail = `the database at ${host} cannot be used: ${describeError(error)}`;
  const next = 'Check the address, the user, and the password in PGPASSWORD, and that the server runs.';
  return hubError('Unreachable', detail, { cause: error, next });
}

function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}
