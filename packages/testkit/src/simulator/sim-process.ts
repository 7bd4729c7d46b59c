import { type Clock, type Compression, type Logger, type Random, silentLogger, sleepBy } from '@skerry/kit';
import type { World } from './world.ts';

/**
 * A process that exists in simulated time alone. It reaches the world by its own ports; once it is killed, every
 * call of it that waits never settles, every timer of it is silent, and a call that does not wait throws.
 */
export interface SimProcess {
  readonly name: string;
  readonly alive: boolean;
  readonly world: World;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly compression: Compression;
  /** What `op` gives, which leaves no trace outside: at once mostly, and now and then in a step of its own. */
  soon<T>(ms: number, op: () => T | Promise<T>): Promise<T>;
  /** What `op` gives, `ms` later; unless this process is killed before. */
  later<T>(ms: number, op: () => T | Promise<T>): Promise<T>;
  /** The same for what leaves a trace outside: it has its effect at once or at its end, as the seed says. */
  effect<T>(ms: number, op: () => T | Promise<T>): Promise<T>;
  /** Throws when it was killed: to be called first by whatever answers at once. */
  requireAlive(): void;
  onKill(fn: () => void): void;
  kill(): void;
}

export interface SimProcessOptions {
  readonly world: World;
  readonly name: string;
  /** By how much the machine's wall clock is ahead of the true time, ms. */
  readonly skew: () => number;
  readonly logger?: Logger;
  /** An error that nobody caught ends a real process. */
  readonly onCrash?: ((error: unknown) => void) | undefined;
}

export function simProcess({
  world,
  name,
  skew,
  logger = silentLogger,
  onCrash,
}: SimProcessOptions): SimProcess {
  const random = world.random(name);
  const chance = world.random(`${name} chance`);
  const startedAt = world.elapsed;
  const ends: (() => void)[] = [];
  let alive = true;

  const requireAlive = () => {
    if (!alive) throw new Error(`${name} was killed`);
  };
  const timer: Clock['timer'] = (ms, fn) => {
    requireAlive();
    return world.after(Math.max(SHORTEST_TIMER_MS, ms), () => {
      if (!alive) return;
      try {
        fn();
      } catch (error) {
        if (!onCrash) throw error;
        onCrash(error);
      }
    });
  };
  const later = <T>(ms: number, op: () => T | Promise<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      if (!alive) return;
      world.after(ms, () => {
        if (!alive) return;
        try {
          resolve(op());
        } catch (error) {
          reject(error);
        }
      });
    });

  return {
    name,
    world,
    random,
    logger,
    get alive() {
      return alive;
    },
    clock: {
      now: () => world.time + skew(),
      monotonic: () => world.elapsed - startedAt,
      timer,
      sleep: sleepBy(timer),
    },
    compression: plain,
    soon(ms, op) {
      if (!alive || chance.number() < STEP_OF_ITS_OWN) return later(ms, op);
      return atOnce(op);
    },
    later,
    effect<T>(ms: number, op: () => T | Promise<T>) {
      if (!alive || chance.number() < 0.5) return later(ms, op);
      const result = atOnce(op);
      result.catch(() => {});
      return later(ms, () => result);
    },
    requireAlive,
    onKill: (fn) => void ends.push(fn),
    kill() {
      if (!alive) return;
      alive = false;
      for (const end of ends) end();
    },
  };
}

/** Share of the reads during which others may act. */
const STEP_OF_ITS_OWN = 1 / 8;
/** Node's timers take as long at least. */
const SHORTEST_TIMER_MS = 1;

/** Bytes as they are: how well they pack is no question of time. */
const plain: Compression = {
  gzip: async (bytes) => bytes,
  gunzip: async (bytes) => bytes,
};

/** What `op` gives, without a promise around one. */
function atOnce<T>(op: () => T | Promise<T>): Promise<T> {
  try {
    return Promise.resolve(op());
  } catch (error) {
    return Promise.reject(error);
  }
}
