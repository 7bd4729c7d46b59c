import type { Clock } from './ports/clock.ts';
import type { Random } from './ports/random.ts';

export interface Backoff {
  /** Upper bound of the first wait, ms. */
  readonly baseMs: number;
  /** Upper bound of any wait, ms. */
  readonly capMs: number;
}

/**
 * How long to wait before try `attempt` + 1 (the first failure is attempt 1): full jitter, uniform below
 * `baseMs`·2^(attempt−1), at most `capMs`.
 */
export function backoffDelay(backoff: Backoff, attempt: number, random: Pick<Random, 'number'>): number {
  const bound = Math.min(backoff.capMs, backoff.baseMs * 2 ** Math.min(attempt - 1, 52));
  return Math.floor(random.number() * bound);
}

export interface RetryOptions extends Backoff {
  readonly clock: Clock;
  readonly random: Pick<Random, 'number'>;
  /** Tries in all. */
  readonly attempts: number;
  readonly signal?: AbortSignal | undefined;
  /** False ends it at once: what can't get better. Default: everything is worth another try. */
  readonly worthRetrying?: (error: unknown) => boolean;
}

/** The first result; else the last error, or the signal's reason. */
export async function retry<T>(op: (attempt: number) => Promise<T>, options: RetryOptions): Promise<T> {
  const { clock, random, attempts, signal, worthRetrying = () => true } = options;
  for (let attempt = 1; ; attempt++) {
    signal?.throwIfAborted();
    try {
      return await op(attempt);
    } catch (error) {
      if (attempt >= attempts || !worthRetrying(error)) throw error;
    }
    await clock.sleep(backoffDelay(options, attempt, random), signal);
  }
}
