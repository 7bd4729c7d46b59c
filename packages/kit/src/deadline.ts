import { SkerryError } from './errors.ts';
import type { Clock, Stop } from './ports/clock.ts';

/** Rejects with `DeadlineExceeded`, naming `what`, when the promise takes over `ms`. The work itself goes on. */
export function withDeadline<T>(promise: Promise<T>, ms: number, clock: Clock, what: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = clock.timer(ms, () => reject(deadlineExceeded(what, ms)));
    promise.then(resolve, reject).finally(stop);
  });
}

/** A signal that aborts with `DeadlineExceeded` after `ms`, or with its parent. Stop it when the work is done. */
export function deadlineSignal(
  ms: number,
  clock: Clock,
  what: string,
  parent?: AbortSignal,
): { signal: AbortSignal; stop: Stop } {
  const controller = new AbortController();
  const follow = () => controller.abort(parent?.reason);
  const stopTimer = clock.timer(ms, () => controller.abort(deadlineExceeded(what, ms)));
  if (parent?.aborted) follow();
  parent?.addEventListener('abort', follow);
  const stop = () => {
    stopTimer();
    parent?.removeEventListener('abort', follow);
  };
  return { signal: controller.signal, stop };
}

export function deadlineExceeded(what: string, ms: number): SkerryError<'DeadlineExceeded'> {
  return new SkerryError({
    code: 'DeadlineExceeded',
    detail: `${what} took longer than ${ms} ms`,
    next: 'Try again; if it happens often, look at the load of what was called, and at the way there.',
    status: 504,
    fields: { deadlineMs: ms },
  });
}
