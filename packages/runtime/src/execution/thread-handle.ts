import { type MessagePort, Worker } from 'node:worker_threads';
import { type Clock, entryUrl } from '@skerry/kit';
import { failure } from '../errors.ts';
import { objectAt, peerAt } from '../threads/calls.ts';
import type { InstanceMemory, Opened } from './instance-host.ts';
import type { OpenOrder, VersionId } from './protocol.ts';
import { type ThreadBoard, threadBoard, threadBoardBytes } from './thread-board.ts';

/** An instance thread, as the main thread has it. Calls reject with `InstanceLost` once it is. */
export interface ThreadHandle {
  readonly memory: SharedArrayBuffer;
  readonly board: ThreadBoard;
  /** The kernel's. */
  threadId(): Promise<number | undefined>;
  open(order: OpenOrder, memory: InstanceMemory): Promise<Opened>;
  /** ms */
  reload(order: OpenOrder): Promise<number>;
  connect(version: VersionId, port: MessagePort): void;
  close(version: VersionId): Promise<void>;
  /** Ends it, without waiting: what native code does cannot be ended. */
  end(why: string): void;
}

export interface ThreadEvents {
  /** It ended by itself, out of memory or by an error that nothing caught; perhaps told twice. */
  readonly onDied: (why: string) => void;
  /** After `end`: all of it is gone. */
  readonly onGone: () => void;
}

/** For a large model to be opened. */
const CALL_MS = 600_000;

/** @param isLow  whether it goes behind threads that serve */
export function startThread(clock: Clock, isLow: boolean, events: ThreadEvents): ThreadHandle {
  const memory = new SharedArrayBuffer(threadBoardBytes);
  const url = entryUrl(import.meta.url, './instance-thread.ts');
  const worker = new Worker(url, { name: 'instance', workerData: { board: memory, isLow } });
  const peer = peerAt(worker, { clock, own: {}, deadlineMs: CALL_MS });
  const calls = objectAt<Pick<ThreadHandle, 'threadId' | 'open' | 'reload' | 'close'>>(peer, [
    'threadId',
    'open',
    'reload',
    'close',
  ]);
  let isEnding = false;
  const died = (why: string) => {
    peer.end(failure('InstanceLost', why));
    if (!isEnding) events.onDied(why);
  };
  worker.on('error', (error) => died(`its thread ended: ${error.message}`));
  worker.on('exit', (code) => {
    died(`its thread ended with ${code}`);
    if (isEnding) events.onGone();
  });
  // The process lives as long as its listeners do.
  worker.unref();
  return {
    ...calls,
    memory,
    board: threadBoard(memory),
    connect: (version, port) => void peer.call('connect', [version, port], [port]).catch(() => {}),
    end(why) {
      isEnding = true;
      peer.end(failure('InstanceLost', why));
      void worker.terminate();
    },
  };
}
