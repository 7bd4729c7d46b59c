import { interrupted } from '../errors.ts';

const watchParentMs = 1000;

/**
 * Aborts when a signal asks for the end, and when whoever started us is gone: a demo is nobody's service. `onSecond`
 * is called when a second signal says that the end takes too long.
 */
export function endSignal(
  asked: AbortSignal,
  onSecond: () => void,
): { signal: AbortSignal; release: () => void } {
  const controller = new AbortController();
  const abort = () => controller.abort(interrupted());
  const second = () => asked.aborted && onSecond();
  const parent = process.ppid;
  const watching = setInterval(() => process.ppid !== parent && abort(), watchParentMs);
  if (asked.aborted) abort();
  asked.addEventListener('abort', () => {
    abort();
    // The signal that brought us here is still being told to the rest of its listeners.
    setImmediate(() => process.on('SIGINT', second).on('SIGTERM', second));
  });
  return {
    signal: controller.signal,
    release() {
      clearInterval(watching);
      process.off('SIGINT', second).off('SIGTERM', second);
    },
  };
}
