import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe } from 'node:test';
import { silentLogger } from '@skerry/kit';
import { nodeClock, nodeRandom } from '@skerry/kit/node';
import type { HubContext } from '../context.ts';
import { hubContext } from '../hub-context.ts';
import { installHub } from '../installation/service.ts';
import { openPostgres, openSqlite } from './open.ts';
import { servePostgres } from './postgres-wire-suite.ts';
import type { Db } from './schema.ts';

/**
 * Declares the same tests for both databases. `context()` is, once tests run, a hub's context over a fresh
 * database with the `default` project in it; tests of one suite share it, so each uses names of its own.
 */
export function forEachDatabase(name: string, tests: (context: () => HubContext) => void): void {
  suite(`${name}, SQLite`, openTemporarySqlite, tests);
  suite(`${name}, PostgreSQL`, openPostgresServer, tests);
}

interface Opened {
  db: Db;
  close(): Promise<void>;
}

function suite(name: string, open: () => Promise<Opened>, tests: (context: () => HubContext) => void): void {
  describe(name, () => {
    let opened: Opened | undefined;
    let context: HubContext | undefined;
    before(async () => {
      opened = await open();
      const effects = { db: opened.db, clock: nodeClock(), random: nodeRandom(), logger: silentLogger };
      context = hubContext({ ...effects, onDesiredChanged: () => {} });
      await installHub(context);
    });
    after(() => opened?.close());
    tests(() => {
      if (!context) throw new Error('context() is for the inside of a test');
      return context;
    });
  });
}

async function openTemporarySqlite(): Promise<Opened> {
  const folder = await mkdtemp(join(tmpdir(), 'skerry-hub-'));
  const db = await openSqlite(join(folder, 'hub.db'), nodeClock());
  const close = async () => {
    await db.destroy();
    await rm(folder, { recursive: true });
  };
  return { db, close };
}

async function openPostgresServer(): Promise<Opened> {
  const server = await servePostgres();
  const db = await openPostgres(server.url);
  const close = async () => {
    await db.destroy();
    await server.close();
  };
  return { db, close };
}
