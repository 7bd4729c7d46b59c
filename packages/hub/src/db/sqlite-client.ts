import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type {
  SqliteEachRequest,
  SqliteEachResult,
  SqliteFailure,
  SqliteOpened,
  SqliteReply,
  SqliteRequest,
  SqliteRows,
  SqliteThreadData,
  SqliteValue,
} from './sqlite-messages.ts';

/** A statement that SQLite refused; `code` is its extended result code. */
export class SqliteError extends Error {
  readonly code: number;
  constructor(failure: SqliteFailure) {
    super(failure.message);
    this.name = 'SqliteError';
    this.code = failure.code;
  }
}

export interface SqliteClient {
  run(sql: string, parameters: readonly SqliteValue[]): Promise<SqliteRows>;
  /** Runs one statement once for each row of parameters; gives the indexes of the rows that touched nothing. */
  runEach(sql: string, rows: readonly (readonly SqliteValue[])[]): Promise<number[]>;
  close(): Promise<void>;
}

interface Waiting {
  resolve(result: SqliteRows | SqliteEachResult): void;
  reject(error: Error): void;
}

/** Starts a thread with a connection of its own; rejects with {@link SqliteError} when it cannot be opened. */
export async function startSqliteThread(data: SqliteThreadData): Promise<SqliteClient> {
  const file = new URL(`./sqlite-thread${extname(import.meta.url)}`, import.meta.url);
  const worker = new Worker(file, { workerData: data });
  const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  await firstMessage(worker);
  const waiting = new Map<number, Waiting>();
  let next = 1;
  let ended: Error | undefined;

  const failAll = (error: Error) => {
    ended ??= error;
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };
  worker.on('error', failAll);
  worker.on('exit', () => failAll(new Error('the database thread has ended')));
  worker.on('message', (reply: SqliteReply) => {
    const request = waiting.get(reply.id);
    waiting.delete(reply.id);
    if ('result' in reply) request?.resolve(reply.result);
    else request?.reject(new SqliteError(reply.failure));
  });

  const ask = <Result extends SqliteRows | SqliteEachResult>(
    request: Omit<SqliteRequest, 'id'> | Omit<SqliteEachRequest, 'id'>,
  ) =>
    new Promise<Result>((resolve, reject) => {
      if (ended) return reject(ended);
      const id = next++;
      waiting.set(id, { resolve: resolve as Waiting['resolve'], reject });
      worker.postMessage({ id, ...request });
    });

  return {
    run: (sql, parameters) => ask<SqliteRows>({ sql, parameters }),
    runEach: async (sql, rows) => (await ask<SqliteEachResult>({ sql, rows })).idle,
    close: async () => {
      if (!ended) worker.postMessage('close');
      await exited;
    },
  };
}

function firstMessage(worker: Worker): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.once('error', reject);
    worker.once('message', (message: SqliteOpened) => {
      worker.off('error', reject);
      if (message.opened) resolve();
      else reject(new SqliteError(message.failure));
    });
  });
}
