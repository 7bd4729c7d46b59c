import { failure } from '../errors.ts';

export interface MemoryBudgetOptions {
  /** Bytes that the process may have. */
  readonly bytes: number;
  /** Bytes that it has. */
  readonly used: () => number;
}

/** Refuses what would not fit before anything of it is opened. */
export interface MemoryBudget {
  /**
   * Throws `MemoryBudgetExceeded`, with the sum.
   *
   * @param onDisk  bytes of its weights
   * @param sessions  how often it is opened
   */
  checkWeights(name: string, onDisk: number, sessions: number): void;
  /** The same by what one session was measured to take. */
  checkMeasured(name: string, aSession: number, sessions: number): void;
}

/** Weights are read from the file and laid out anew beside it. */
const FACTOR = 2;

export function memoryBudget({ bytes, used }: MemoryBudgetOptions): MemoryBudget {
  const check = (name: string, needed: number, why: string) => {
    const now = used();
    if (now + needed <= bytes) return;
    throw failure(
      'MemoryBudgetExceeded',
      `${name} needs about ${mib(needed)} (${why}); with the ${mib(now)} in use that is ${mib(now + needed)}, ` +
        `over the budget of ${mib(bytes)}`,
      { fields: { neededBytes: needed, usedBytes: now, budgetBytes: bytes } },
    );
  };
  return {
    checkWeights: (name, onDisk, sessions) =>
      check(name, onDisk * FACTOR * sessions, `${sessions} × ${FACTOR} × its ${mib(onDisk)} on the disk`),
    checkMeasured: (name, aSession, sessions) =>
      check(name, aSession * sessions, `${sessions} × ${mib(aSession)} a session, as measured`),
  };
}

const mib = (bytes: number) => `${Number((bytes / 2 ** 20).toPrecision(3))} MiB`;

/** Of what the machine, or the container, has: the rest is for its other programs. */
const SHARE = 0.8;

/** @param constrained  what a container allows; 0 or more than there is where nothing is said */
export function defaultBudget(physical: number, constrained: number): number {
  return Math.floor(SHARE * (constrained > 0 ? Math.min(physical, constrained) : physical));
}
