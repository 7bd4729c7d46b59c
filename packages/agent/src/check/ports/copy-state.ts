import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { agentError } from '../../errors.ts';
import type { StateCopy } from '../probes.ts';

/** A checkpoint between the two copies tears them apart; that is seen, and seldom. */
const TRIES = 3;

/** The agent holds an exclusive lock for as long as it lives, so what is read is a copy, in a folder of our own. */
export async function copyState(folder: string): Promise<StateCopy | undefined> {
  for (let tried = 1; ; tried++) {
    const copy = await mkdtemp(join(tmpdir(), 'skerry-state-'));
    try {
      if (!(await copyIfThere(`${folder}/agent.db`, `${copy}/agent.db`))) return undefined;
      await copyIfThere(`${folder}/agent.db-wal`, `${copy}/agent.db-wal`);
      return readCopy(`${copy}/agent.db`);
    } catch (cause) {
      if (tried < TRIES) continue;
      const detail = `${folder}/agent.db cannot be read: ${(cause as Error).message}`;
      throw agentError('StorageFailed', detail, { cause });
    } finally {
      await rm(copy, { recursive: true, force: true });
    }
  }
}

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

function readCopy(file: string): StateCopy {
  const db = new DatabaseSync(file);
  try {
    const verdict = db.prepare('PRAGMA quick_check').get()?.quick_check;
    if (verdict !== 'ok') throw new Error(String(verdict));
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
