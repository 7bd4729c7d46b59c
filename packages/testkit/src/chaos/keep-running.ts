import { setTimeout as sleep } from 'node:timers/promises';
import type { Program } from '../program.ts';

export interface Service {
  /** The process of now. */
  readonly program: Program;
  /** Starts it again; it has ended. */
  restart(): void | Promise<void>;
}

/** Starts a service again when it ends, as a machine's service manager does, until `over`. */
export async function keepRunning(service: Service, pauseMs: () => number, over: AbortSignal): Promise<void> {
  while (!over.aborted) {
    await service.program.exited;
    await sleep(pauseMs(), undefined, { signal: over }).catch(() => {});
    // One that was killed again before it was ready has ended too.
    if (!over.aborted) await Promise.resolve(service.restart()).catch(() => {});
  }
}
