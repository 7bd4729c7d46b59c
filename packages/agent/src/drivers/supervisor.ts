import { type Logger, type Random, withDeadline } from '@skerry/kit';
import { afterDeath, type Crashes, noCrashes, restartDelay } from './crash-policy.ts';
import type { End } from './driver.ts';
import {
  adoptRuntime,
  type RuntimeProcess,
  type RuntimeProcessOptions,
  startRuntime,
} from './runtime-process.ts';

export interface SupervisorOptions extends RuntimeProcessOptions {
  readonly random: Random;
  readonly logger: Logger;
  readonly onStarted: (process: RuntimeProcess) => void;
  /** It ended, or could not be started. `anew`: since we asked for another one. */
  readonly onEnded: (end: End, anew: boolean) => void;
}

/** Sees to it that one runtime runs: adopts the one that does, starts one where there is none, and again. */
export interface Supervisor {
  readonly running: RuntimeProcess | undefined;
  readonly crashes: Crashes;
  start(): void;
  /** Ends the runtime that runs, if one does; the next is started at once. Resolves when it has ended. */
  restart(): Promise<void>;
  /** Ends the runtime, and looks after none any more. */
  stop(): Promise<void>;
}

/** The runtime itself drains for up to ten seconds. */
const STOP_MS = 12_000;
/** After a start that came to nothing: what is wrong is not the runtime's doing, and will not pass at once. */
const NOT_STARTED_MS = 1_000;

export function supervisor(options: SupervisorOptions): Supervisor {
  const { clock, random, logger, onStarted, onEnded } = options;
  const life = new AbortController();
  let running: RuntimeProcess | undefined;
  let crashes = noCrashes;
  let supervision: Promise<void> | undefined;
  let askedToEnd: RuntimeProcess | undefined;

  const liveThrough = async (process: RuntimeProcess): Promise<End> => {
    const bornAt = clock.monotonic();
    running = process;
    onStarted(process);
    const end = await process.ended;
    running = undefined;
    if (process !== askedToEnd) crashes = afterDeath(crashes, clock.monotonic() - bornAt);
    return end;
  };

  /** One life, from its start to its end; resolves with how long to wait before the next. */
  const oneLife = async (): Promise<number> => {
    const process = (await adoptRuntime(options)) ?? (await startRuntime(options));
    if (life.signal.aborted) await stopIt(process);
    const end = await liveThrough(process);
    if (life.signal.aborted) return 0;
    const anew = process === askedToEnd;
    if (!anew) logger.warn('the runtime ended', { how: end.how, streak: crashes.streak });
    onEnded(end, anew);
    return anew ? 0 : restartDelay(crashes, random.number());
  };

  const notStarted = (error: unknown): number => {
    logger.error('the runtime cannot be started', { error });
    crashes = afterDeath(crashes, 0);
    onEnded({ how: 'it could not be started', wasAsked: false }, false);
    return Math.max(NOT_STARTED_MS, restartDelay(crashes, random.number()));
  };

  const supervise = async () => {
    while (!life.signal.aborted) {
      const pause = await oneLife().catch(notStarted);
      if (pause > 0) await clock.sleep(pause, life.signal).catch(() => {});
    }
  };

  const stopIt = async (process: RuntimeProcess) => {
    process.kill('SIGTERM');
    const ended = withDeadline(process.ended, STOP_MS, clock, 'stopping the runtime');
    await ended.catch(() => process.kill('SIGKILL'));
  };

  return {
    get running() {
      return running;
    },
    get crashes() {
      return crashes;
    },
    start() {
      supervision ??= supervise();
    },
    async restart() {
      askedToEnd = running;
      if (running) await stopIt(running);
    },
    async stop() {
      life.abort(new Error('stopping'));
      if (running) await stopIt(running);
      await supervision;
    },
  };
}
