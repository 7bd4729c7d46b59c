import { availableParallelism } from 'node:os';
import type { Logger, Ports, Stop } from '@skerry/kit';
import { coreReservations } from '../cores/reserve.ts';
import { type PoolSeat, type PoolThread, threadFor } from './pool-thread.ts';
import { startThread, type ThreadHandle } from './thread-handle.ts';

/** The instance threads of a process, and which versions are on which. */
export interface PoolThreads {
  readonly all: ReadonlySet<PoolThread>;
  /** Books a seat, on a thread that may have to be started; a thread of its own where there are cores. */
  take(seat: PoolSeat, cores: readonly number[] | undefined): Promise<PoolThread>;
  leave(thread: PoolThread, seat: PoolSeat): void;
  /** Starts a thread that will soon be wanted. */
  warm(): void;
  /** Its seats are lost. It ends as soon as it can. */
  lose(thread: PoolThread, why: string): void;
  /** Threads that were lost and have not ended. */
  readonly abandoned: number;
  stop(): void;
}

export interface PoolThreadsOptions extends Pick<Ports, 'clock' | 'processes'> {
  readonly logger: Logger;
  /** Threads that share versions, at most. */
  readonly most?: number | undefined;
  /** Where those may run; anywhere where absent. */
  readonly cores?: readonly number[] | undefined;
}

/** Threads that share versions: sessions gain nothing from more than there are cores. */
const MOST = Math.max(2, availableParallelism());
/** A thread without versions ends after so long, and gives its memory back. */
const IDLE_MS = 10_000;

export function poolThreads(options: PoolThreadsOptions): PoolThreads {
  const { clock, logger, most = MOST } = options;
  const threads = new Set<PoolThread>();
  const idle = new Map<PoolThread, Stop>();
  const reservations = coreReservations(options);
  let abandoned = 0;

  const start = (cores: readonly number[] | undefined): PoolThread => {
    const handle = startThread(clock, cores === undefined, {
      onDied: (why) => drop(thread, why),
      onGone: () => void abandoned--,
    });
    const thread: PoolThread = {
      handle,
      cores,
      seats: new Set(),
      placed: place(handle, cores),
    };
    threads.add(thread);
    return thread;
  };

  const place = async (handle: ThreadHandle, own: readonly number[] | undefined): Promise<Stop> => {
    const cores = own ?? options.cores;
    if (!cores) return () => {};
    const threadId = await handle.threadId().catch(() => undefined);
    const placed = await (own ? reservations.reserve(threadId, cores) : reservations.share(threadId, cores));
    if (!placed.done)
      logger.warn('an instance thread was not put on its cores', { cores, why: placed.reason });
    return () => void reservations.release(threadId);
  };

  const giveCoresBack = ({ placed }: PoolThread) => void placed.then((giveBack) => giveBack());

  const keep = (thread: PoolThread) => {
    idle.get(thread)?.();
    idle.delete(thread);
  };

  const drop = (thread: PoolThread, why: string) => {
    keep(thread);
    if (!threads.delete(thread)) return;
    giveCoresBack(thread);
    const running = thread.handle.board.running();
    logger.error('an instance thread was lost', { why, versions: [...thread.seats].map((it) => it.version) });
    for (const seat of thread.seats) seat.lost(why, running?.version === seat.version);
  };

  const end = (thread: PoolThread, why: string) => {
    keep(thread);
    abandoned++;
    giveCoresBack(thread);
    thread.handle.end(why);
  };

  const leave = (thread: PoolThread, seat: PoolSeat) => {
    thread.seats.delete(seat);
    if (thread.seats.size === 0 && threads.has(thread)) endWhenIdle(thread);
  };

  const endWhenIdle = (thread: PoolThread) => {
    const stop = clock.timer(IDLE_MS, () => {
      threads.delete(thread);
      end(thread, 'it had nothing to do');
    });
    idle.set(thread, stop);
  };

  return {
    all: threads,
    async take(seat, cores) {
      const thread = (cores ? undefined : threadFor(seat.version, threads, most)) ?? start(cores);
      keep(thread);
      thread.seats.add(seat);
      await thread.placed;
      return thread;
    },
    leave,
    warm: () => endWhenIdle(start(undefined)),
    lose(thread, why) {
      end(thread, why);
      drop(thread, why);
    },
    get abandoned() {
      return abandoned;
    },
    stop() {
      for (const stop of idle.values()) stop();
      for (const thread of threads) end(thread, 'the process ends');
      threads.clear();
    },
  };
}
