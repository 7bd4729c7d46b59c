import { features } from '@skerry/contracts';
import { every, type Logger, type Random, type Stop, singleFlight, withDeadline } from '@skerry/kit';
import { agentError } from '../errors.ts';
import { afterDeath, isCrashLoop, noCrashes, restartDelay } from './crash-policy.ts';
import type { Driver, DriverNews, Observed } from './driver.ts';
import {
  adoptRuntime,
  type RuntimeProcess,
  type RuntimeProcessOptions,
  startRuntime,
} from './runtime-process.ts';

export interface RuntimeDriverOptions extends RuntimeProcessOptions {
  readonly random: Random;
  readonly logger: Logger;
}

/** How often a runtime that runs is looked at, and one that starts. */
const LOOK_MS = 2_000;
const STARTING_LOOK_MS = 40;
/** Without an answer for so long it counts as hung. */
const SILENCE_MS = 30_000;
/** The runtime itself drains for up to ten seconds. */
const STOP_MS = 12_000;

/** The driver of the runtime process: starts or adopts it, looks after it, and gives it its orders. */
export function runtimeDriver(options: RuntimeDriverOptions): Driver {
  const { admin, clock, random, logger } = options;
  const listeners = new Set<() => void>();
  const newsListeners = new Set<(news: DriverNews) => void>();
  const life = new AbortController();
  let observed: Observed = { up: false, crashLoop: false, status: undefined };
  let crashes = noCrashes;
  let running: RuntimeProcess | undefined;
  let upSince: number | undefined;
  let heardAt = 0;
  let timeKnown = false;
  let supervision: Promise<void> | undefined;

  const set = (next: Partial<Observed>) => {
    observed = { ...observed, ...next };
    for (const listener of listeners) listener();
  };
  const tell = (news: DriverNews) => {
    for (const listener of newsListeners) listener(news);
  };

  const look = async () => {
    const process = running;
    const status = await admin.status(life.signal);
    if (running !== process || !process) return;
    heardAt = clock.monotonic();
    upSince ??= heardAt;
    const lived = heardAt - upSince;
    const isNew = !observed.up;
    set({ up: true, status, crashLoop: isCrashLoop(crashes, lived) });
    if (isNew) greet(process);
  };
  const looking = singleFlight(look, () => {
    if (running && clock.monotonic() - heardAt > SILENCE_MS) running.kill('SIGKILL');
  });
  /** Looks now; resolves when what is observed is not older than this call. */
  const refresh = () => {
    looking.trigger();
    return looking.idle();
  };

  const greet = (process: RuntimeProcess) => {
    tell({ what: process.adopted ? 'adopted' : 'started' });
    tellTime();
  };
  const tellTime = () => {
    admin
      .setTimeKnown(timeKnown)
      .catch((error) => logger.warn('the runtime was not told the time', { error }));
  };

  /** Looks often until it answers, then seldom. */
  const watch = (process: RuntimeProcess): Stop => {
    let stop = every(clock, STARTING_LOOK_MS, () => {
      if (observed.up) {
        stop();
        stop = every(clock, LOOK_MS, () => looking.trigger());
      } else if (running === process) looking.trigger();
    });
    return () => stop();
  };

  const liveThrough = async (process: RuntimeProcess): Promise<string> => {
    running = process;
    heardAt = clock.monotonic();
    const bornAt = clock.monotonic();
    const stopWatching = watch(process);
    try {
      return await process.ended;
    } finally {
      stopWatching();
      running = undefined;
      upSince = undefined;
      crashes = afterDeath(crashes, clock.monotonic() - bornAt);
    }
  };

  const supervise = async () => {
    while (!life.signal.aborted) {
      const process = (await adoptRuntime(options)) ?? (await startRuntime(options));
      if (life.signal.aborted) await end(process);
      const how = await liveThrough(process);
      if (life.signal.aborted) return;
      mourn(how);
      await clock.sleep(restartDelay(crashes, random.number()), life.signal);
    }
  };

  const mourn = (how: string) => {
    const wasLoop = observed.crashLoop;
    const crashLoop = isCrashLoop(crashes, undefined);
    logger.warn('the runtime ended', { how, streak: crashes.streak });
    tell({ what: 'ended', how });
    if (crashLoop && !wasLoop) tell({ what: 'crashLoop', how });
    set({ up: false, crashLoop });
  };

  /** An error here is not the runtime's but ours or the machine's: it may pass. */
  const superviseForEver = async () => {
    while (!life.signal.aborted) {
      try {
        await supervise();
      } catch (error) {
        if (life.signal.aborted) return;
        logger.error('the runtime cannot be started', { error });
        crashes = afterDeath(crashes, 0);
        set({ up: false, crashLoop: isCrashLoop(crashes, undefined) });
        await clock
          .sleep(Math.max(1_000, restartDelay(crashes, random.number())), life.signal)
          .catch(() => {});
      }
    }
  };

  const end = async (process: RuntimeProcess) => {
    process.kill('SIGTERM');
    await withDeadline(process.ended, STOP_MS, clock, 'stopping the runtime').catch(() =>
      process.kill('SIGKILL'),
    );
  };

  /** Does what is asked, and looks at what came of it. */
  const order = async (work: () => Promise<void>) => {
    if (!observed.up) throw agentError('Unavailable', 'the runtime is not running');
    try {
      await work();
    } finally {
      await refresh();
    }
  };

  return {
    capabilities: features,
    get observed() {
      return observed;
    },
    recover() {
      supervision ??= superviseForEver();
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    onNews(listener) {
      newsListeners.add(listener);
      return () => newsListeners.delete(listener);
    },
    load: (model, version, folder, signal) => order(() => admin.load(model, { ...version, folder }, signal)),
    unload: (model, signal) => order(() => admin.unload(model, signal)),
    putPipeline: (name, spec, signal) => order(() => admin.putPipeline(name, spec, signal)),
    removePipeline: (name, signal) => order(() => admin.removePipeline(name, signal)),
    setTimeKnown(known) {
      timeKnown = known;
      if (observed.up) tellTime();
    },
    async stop() {
      life.abort(new Error('stopping'));
      await looking.stop();
      if (running) await end(running);
      await supervision;
    },
  };
}
