import { isMarkedAsUntransferable } from 'node:worker_threads';
import { failure } from '../errors.ts';
import { type LatencyTable, latencyTable } from './latency-table.ts';
import type { FromInstance, InstanceLink, JobMessage, SharedMs, ToInstance } from './protocol.ts';
import { type ThreadBoard, threadBoard } from './thread-board.ts';

/** Gets the instance's answer, or why there will be none. Called once. */
export type OnAnswer = (error: Error | undefined, message: FromInstance | undefined) => void;

/** What there is to do, and since when. */
export type Job = Pick<JobMessage, 'what' | 'since' | 'arrived'>;

/** An instance, as one serving thread sees it. */
export interface Seat {
  readonly table: LatencyTable;
  readonly thread: ThreadBoard;
  /** Gives a body's memory away. Returns the job's id. */
  send(job: Job, done: OnAnswer): number;
  cancel(id: number): void;
  /** Answers all jobs with `InstanceLost`, and closes the port. */
  close(why: string): void;
}

/** @param onEnd  called where the other side closed the port */
export function seatAt({ port, ...link }: InstanceLink, now: () => SharedMs, onEnd: () => void): Seat {
  const table = latencyTable(link.table);
  const thread = threadBoard(link.thread);
  const sent = new Map<number, { done: OnAnswer; work: number }>();
  let lastId = 0;

  const settle = (id: number, error: Error | undefined, message: FromInstance | undefined) => {
    const job = sent.get(id);
    if (!job) return;
    sent.delete(id);
    thread.removeWork(job.work);
    job.done(error, message);
  };
  const close = (why: string) => {
    port.close();
    for (const id of [...sent.keys()]) settle(id, failure('InstanceLost', why), undefined);
  };
  port.on('message', (message: FromInstance) => {
    if (message.sent !== undefined) table.recordLag((now() - message.sent) * 1000);
    settle(message.id, undefined, message);
  });
  port.on('close', () => {
    close('its thread ended');
    onEnd();
  });
  // A serving thread lives as long as its listeners do.
  port.unref();

  return {
    table,
    thread,
    send({ what, ...times }, done) {
      const id = ++lastId;
      sent.set(id, { done, work: thread.addWork(table.aRequest()) });
      const own = what.kind === 'body' ? { ...what, bytes: ownBytes(what.bytes) } : what;
      const transfer = own.kind === 'body' ? [own.bytes.buffer as ArrayBuffer] : [];
      port.postMessage({ type: 'job', id, ...times, what: own } satisfies ToInstance, transfer);
      return id;
    },
    cancel: (id) => port.postMessage({ type: 'cancel', id } satisfies ToInstance),
    close,
  };
}

// What Node itself cuts out of shared memory, as it does for short messages, it does not let go.
const ownBytes = (bytes: Uint8Array) =>
  isMarkedAsUntransferable(bytes.buffer) ? Uint8Array.from(bytes) : bytes;
