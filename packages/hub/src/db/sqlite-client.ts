import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { describeError } from '@skerry/kit';
import { hubError } from '../errors.ts';
import type {
  SqliteFailure,
  SqliteOpened,
  SqliteReply,
  SqliteRequest,
  SqliteRows,
  SqliteStatement,
  SqliteThreadData,
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
  /** Runs one after the other; rejects with what the first of them that fails says, and runs none behind it. */
  run(statements: readonly SqliteStatement[]): Promise<SqliteRows[]>;
  close(): Promise<void>;
}

interface Waiting {
  resolve(results: SqliteRows[]): void;
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
  const letEnd = endWith(worker, data.path);
  worker.on('message', (reply: SqliteReply) => {
    const request = waiting.get(reply.id);
    waiting.delete(reply.id);
    if ('results' in reply) request?.resolve(reply.results);
    else request?.reject(new SqliteError(reply.failure));
  });

  return {
    run: (statements) =>
      new Promise((resolve, reject) => {
        if (ended) return reject(ended);
        const id = next++;
        waiting.set(id, { resolve, reject });
        const request: SqliteRequest = { id, statements };
        worker.postMessage(request);
      }),
    close: async () => {
      letEnd();
      if (!ended) worker.postMessage('close');
      await exited;
    },
  };
}

/**
 * Ends the process when the thread ends by itself, out of memory for one: without its database it serves nobody, and
 * started again it does. Gives what lets the thread end alone.
 */
function endWith(worker: Worker, path: string): () => void {
  let why = '';
  worker.on('error', (error) => {
    why = `: ${describeError(error)}`;
  });
  const end = () => {
    throw hubError('StorageFailed', `the thread of the database ${path} has ended${why}`, {
      next: 'Start the hub again, as a service manager does by itself.',
    });
  };
  worker.once('exit', end);
  return () => worker.off('exit', end);
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
