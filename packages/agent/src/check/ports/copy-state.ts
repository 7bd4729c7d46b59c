import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { isSkerryError } from '@skerry/kit';
import { agentError } from '../../errors.ts';
import { versionOf } from '../../ports/sqlite-state.ts';
import type { StateCopy } from '../probes.ts';

/** A checkpoint between the two copies tears them apart; that is seen, and seldom. */
const TRIES = 3;

/** The agent holds an exclusive lock for as long as it lives, so what is read is a copy, in a folder of our own. */
export async function copyState(folder: string): Promise<StateCopy | undefined> {
  for (let tried = 1; ; tried++) {
    const copy = await mkdtemp(join(tmpdir(), 'skerry-state-')).catch((error) => {
      throw notCopied(folder, error);
    });
    try {
      if (!(await copyIfThere(`${folder}/agent.db`, `${copy}/agent.db`))) return undefined;
      await copyIfThere(`${folder}/agent.db-wal`, `${copy}/agent.db-wal`);
      return readCopy(`${copy}/agent.db`, folder);
    } catch (cause) {
      if (isSkerryError(cause)) throw cause;
      if (tried < TRIES) continue;
      throw isOfTheCopy(cause) ? notCopied(folder, cause) : unread(folder, cause as NodeJS.ErrnoException);
    } finally {
      await rm(copy, { recursive: true, force: true });
    }
  }
}

const isOfTheCopy = (error: unknown) =>
  ['ENOSPC', 'EDQUOT', 'EROFS'].includes((error as NodeJS.ErrnoException).code ?? '');

/** Says nothing of `agent.db` itself. */
const notCopied = (folder: string, cause: unknown) =>
  agentError('StorageFailed', `${folder}/agent.db was not looked at: no copy of it can be made`, {
    next: `Make room in ${tmpdir()}, or name another folder with TMPDIR, and check again.`,
    cause,
  });

const unread = (folder: string, cause: NodeJS.ErrnoException) =>
  agentError('StorageFailed', `${folder}/agent.db cannot be read`, {
    ...(cause.code !== 'EACCES' && {
      next: 'Start the agent again: it sets agent.db aside and begins anew, and the hub sees the device as restored.',
    }),
    cause,
  });

async function copyIfThere(from: string, to: string): Promise<boolean> {
  try {
    await copyFile(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

/** What stands in messages and answers is between those who wrote it and those who read it. */
const told: Readonly<Record<string, string>> = {
  inbox: 'number, id, bytes',
  commands: 'id, number, outcome IS NOT NULL AS settled',
};

function readCopy(file: string, folder: string): StateCopy {
  const db = new DatabaseSync(file);
  try {
    const verdict = db.prepare('PRAGMA quick_check').get()?.quick_check;
    if (verdict !== 'ok') throw new Error(String(verdict));
    versionOf(db, folder);
    const names = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
    const tables = Object.fromEntries(
      names.map(({ name }) => [
        String(name),
        db.prepare(`SELECT ${told[String(name)] ?? '*'} FROM "${name}"`).all(),
      ]),
    );
    const { facts = [], ...others } = tables;
    return { facts: Object.fromEntries(facts.map(factOf)), tables: others };
  } finally {
    db.close();
  }
}

const factOf = ({ name, value }: Record<string, unknown>) => [String(name), JSON.parse(String(value))];
