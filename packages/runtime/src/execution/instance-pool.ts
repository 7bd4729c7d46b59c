import type { Ports } from '@skerry/kit';
import { type OpenVersion, openVersion } from './open-version.ts';
import { type PoolThreadsOptions, poolThreads } from './pool-threads.ts';
import type { OpenOrder, VersionId } from './protocol.ts';
import type { Call } from './thread-board.ts';
import { watchdog } from './watchdog.ts';

export interface InstancePoolOptions extends PoolThreadsOptions, Pick<Ports, 'random'> {
  /** A version lost its threads too often, and has no instance any more. */
  readonly onGivenUp: (order: OpenOrder, why: string) => void;
  /** How long a call may take, at least, before its thread is given up; ms. */
  readonly hungAfterMs?: number;
}

/** The threads that run models, several versions on each. */
export interface InstancePool {
  /** Opens one instance, and measures it. Rejects with what `openModel` throws. */
  open(order: OpenOrder): Promise<OpenVersion>;
  /** Starts a thread ahead, while others prepare what it will open. */
  warm(): void;
  /** Threads that run. */
  readonly threads: number;
  /** Threads that were ended and are still in native code: as long as there are any, the process ends by a signal only. */
  readonly abandoned: number;
  stop(): void;
}

const HUNG_AFTER_MS = 10_000;
/** A call that takes so many times as long as those at load, at p99, hangs. */
const TIMES_P99 = 50;
const OPENING_MS = 600_000;

export function instancePool(options: InstancePoolOptions): InstancePool {
  const { clock, hungAfterMs = HUNG_AFTER_MS } = options;
  const threads = poolThreads(options);
  const versions = new Map<VersionId, OpenVersion>();
  let instances = 0;

  const limitMs = ({ version, isOpening }: Call) => {
    if (isOpening) return OPENING_MS;
    const { callP99Us = 0, maxBatch = 1 } = versions.get(version)?.opened ?? {};
    return Math.max(hungAfterMs, (TIMES_P99 * maxBatch * callP99Us) / 1000);
  };
  const stopWatching = watchdog(clock, threads.all, limitMs, (thread, { version }) => {
    const { name } = versions.get(version)?.opened.signature ?? { name: `version ${version}` };
    threads.lose(thread, `a call of ${name} did not come back`);
  });
  const tools = {
    ...options,
    take: threads.take,
    leave: threads.leave,
    nextInstance: () => ++instances,
    onClosed: ({ version }: OpenOrder) => void versions.delete(version),
  };

  return {
    async open(order) {
      const version = await openVersion(tools, order);
      versions.set(order.version, version);
      return version;
    },
    warm: threads.warm,
    get threads() {
      return threads.all.size;
    },
    get abandoned() {
      return threads.abandoned;
    },
    stop() {
      stopWatching();
      threads.stop();
    },
  };
}
