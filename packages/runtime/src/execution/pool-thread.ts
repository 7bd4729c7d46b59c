import type { Stop } from '@skerry/kit';
import { failure } from '../errors.ts';
import type { InstanceMemory } from './instance-host.ts';
import type { VersionId } from './protocol.ts';
import type { ThreadHandle } from './thread-handle.ts';

/** An instance in the pool's books. */
export interface PoolSeat {
  readonly version: VersionId;
  readonly instance: number;
  readonly memory: InstanceMemory;
  /** @param wasRunning  whether the thread was in a call of this very version */
  lost(why: string, wasRunning: boolean): void;
}

export interface PoolThread {
  readonly handle: ThreadHandle;
  /** Of a thread for one version alone. */
  readonly cores: readonly number[] | undefined;
  readonly seats: Set<PoolSeat>;
  /** Once it runs where it is to run, with what gives its cores back. Does not reject. */
  readonly placed: Promise<Stop>;
}

/**
 * Where another instance of the version goes: the thread with the fewest others, never beside one of its own; undefined
 * where a new thread is to be started. Throws `Unavailable` where there may be none.
 *
 * @param most  threads that share versions, at most
 */
export function threadFor(
  version: VersionId,
  threads: Iterable<PoolThread>,
  most: number,
): PoolThread | undefined {
  const shared = [...threads].filter(({ cores }) => cores === undefined);
  const free = shared.filter(({ seats }) => ![...seats].some((seat) => seat.version === version));
  const [best] = free.sort((a, b) => a.seats.size - b.seats.size);
  if (best?.seats.size === 0 || (best && shared.length >= most)) return best;
  if (shared.length < most) return undefined;
  throw failure('Unavailable', `all ${most} instance threads have an instance of this version already`);
}
