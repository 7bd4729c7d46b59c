import { readdirSync } from 'node:fs';
import { inTurn, type Ports } from '@skerry/kit';
import { type Placement, pinThread } from './pin.ts';
import { threadStatus } from './thread-status.ts';

/** Cores of this process that single threads have for themselves. */
export interface CoreReservations {
  /**
   * Keeps a thread to these cores, and every other thread of the process off them, as long as those have a core
   * left. Threads that are started later inherit that.
   */
  reserve(threadId: number | undefined, cores: readonly number[]): Promise<Placement>;
  /** Lets a thread that shares run on these cores, but for those that are reserved. */
  share(threadId: number | undefined, cores: readonly number[]): Promise<Placement>;
  /** Gives the cores of a thread, which has ended, back to those that were moved off them. */
  release(threadId: number | undefined): Promise<void>;
}

type Tools = Pick<Ports, 'clock' | 'processes'>;

export function coreReservations(tools: Tools): CoreReservations {
  const reserved = new Map<number, readonly number[]>();
  /** Of threads that were moved: where they ran before. */
  const before = new Map<number, readonly number[]>();
  // One change after another: each looks at what the one before left.
  const queued = inTurn();

  const moveOthers = async () => {
    const taken = new Set([...reserved.values()].flat());
    for (const [threadId, cores] of placesOfThreads()) {
      if (reserved.has(threadId)) continue;
      const original = before.get(threadId) ?? cores;
      const free = original.filter((core) => !taken.has(core));
      const wanted = free.length > 0 ? free : original;
      if (wanted.length === original.length) before.delete(threadId);
      else before.set(threadId, original);
      if (wanted.join() !== cores.join()) await pinThread(tools, threadId, wanted);
    }
  };

  const place = (threadId: number | undefined, cores: readonly number[], isAlone: boolean) =>
    queued(async () => {
      const placed = await pinThread(tools, threadId, cores);
      if (!placed.done) return placed;
      if (isAlone) reserved.set(threadId!, cores);
      await moveOthers();
      return placed;
    });

  return {
    reserve: (threadId, cores) => place(threadId, cores, true),
    share: (threadId, cores) => place(threadId, cores, false),
    release: (threadId) =>
      queued(async () => {
        if (threadId !== undefined && reserved.delete(threadId)) await moveOthers();
      }),
  };
}

/** Every thread of this process, and the cores that it may run on. One that ends meanwhile is left out. */
function placesOfThreads(): Map<number, readonly number[]> {
  const places = new Map<number, readonly number[]>();
  for (const threadId of readdirSync('/proc/self/task').map(Number)) {
    try {
      places.set(threadId, threadStatus(threadId).cores);
    } catch {}
  }
  return places;
}
