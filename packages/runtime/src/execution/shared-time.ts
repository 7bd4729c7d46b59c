import type { Clock } from '@skerry/kit';
import type { SharedMs } from './protocol.ts';

/** The time that all threads share; a thread's own `monotonic` counts from its own beginning. */
export function sharedTime(clock: Clock): () => SharedMs {
  const [seconds, nanoseconds] = process.hrtime();
  const offset = seconds * 1e3 + nanoseconds / 1e6 - clock.monotonic();
  return () => clock.monotonic() + offset;
}
