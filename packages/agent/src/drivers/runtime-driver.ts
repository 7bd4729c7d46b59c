import { features } from '@skerry/contracts';
import { type Logger, type Random, type Stop, singleFlight } from '@skerry/kit';
import { agentError } from '../errors.ts';
import { isCrashLoop } from './crash-policy.ts';
import type { Driver, DriverNews, Observed } from './driver.ts';
import type { RuntimeProcess, RuntimeProcessOptions } from './runtime-process.ts';
import { supervisor as openSupervisor } from './supervisor.ts';

export interface RuntimeDriverOptions extends RuntimeProcessOptions {
  readonly random: Random;
  readonly logger: Logger;
}

/** Until the next look at a runtime: that starts, that works, and that has nothing to do. */
const STARTING_LOOK_MS = 40;
const LOOK_MS = 2_000;
const IDLE_LOOK_MS = 5_000;
/** Without an answer for so long it counts as hung. */
const SILENCE_MS = 30_000;

/** The driver of the runtime process: sees to it that it runs, looks at it, and gives it its orders. */
export function runtimeDriver(options: RuntimeDriverOptions): Driver {
  const { admin, clock, logger } = options;
  const listeners = new Set<() => void>();
  const newsListeners = new Set<(news: DriverNews) => void>();
  const life = new AbortController();
  let observed: Observed = { up: false, crashLoop: false, status: undefined };
  let upSince = 0;
  let heardAt = 0;
  let time: Parameters<Driver['setTime']>[0] = { known: false, now: () => 0 };
  let stopWaiting: Stop = () => {};

  const set = (next: Observed) => {
    const { up, crashLoop, lastEnd, status } = observed;
    const isSame = next.up === up && next.crashLoop === crashLoop && next.status === status;
    if (isSame && next.lastEnd === lastEnd) return;
    observed = next;
    for (const listener of listeners) listener();
  };
  const tell = (news: DriverNews) => {
    for (const listener of newsListeners) listener(news);
  };

  const supervisor = openSupervisor({
    ...options,
    onStarted() {
      heardAt = clock.monotonic();
      looking.trigger();
    },
    onEnded(end, anew) {
      stopWaiting();
      if (anew) {
        set({ ...observed, up: false });
        return;
      }
      const crashLoop = isCrashLoop(supervisor.crashes, undefined);
      const { how } = end;
      tell({ what: 'ended', ...end });
      if (crashLoop && !observed.crashLoop) tell({ what: 'crashLoop', how });
      set({ ...observed, up: false, crashLoop, lastEnd: how });
    },
  });

  const look = async () => {
    const process = supervisor.running;
    if (!process) return;
    const status = await admin.status(life.signal);
    if (supervisor.running !== process) return;
    heardAt = clock.monotonic();
    if (!observed.up) greet(process);
    const isIdle = status === observed.status;
    set({ ...observed, up: true, status, crashLoop: isCrashLoop(supervisor.crashes, heardAt - upSince) });
    lookAgain(isIdle ? IDLE_LOOK_MS : LOOK_MS);
  };

  const looking = singleFlight(look, () => {
    if (clock.monotonic() - heardAt > SILENCE_MS) supervisor.running?.kill('SIGKILL');
    if (supervisor.running) lookAgain(observed.up ? LOOK_MS : STARTING_LOOK_MS);
  });

  const lookAgain = (ms: number) => {
    stopWaiting();
    stopWaiting = clock.timer(ms, () => looking.trigger());
  };

  const greet = (process: RuntimeProcess) => {
    upSince = heardAt;
    tell({ what: process.adopted ? 'adopted' : 'started' });
    tellTime();
  };
  const tellTime = () => {
    admin
      .setTime(time.known ? time.now() : undefined)
      .catch((error) => logger.warn('the runtime was not told the time', { error }));
  };

  const isUp = (signal: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      const done = () => {
        listeners.delete(look);
        signal.removeEventListener('abort', abort);
      };
      const look = () => {
        if (!observed.up) return;
        done();
        resolve();
      };
      const abort = () => {
        done();
        reject(signal.reason);
      };
      listeners.add(look);
      signal.addEventListener('abort', abort);
    });

  /** Does what is asked, and looks at what came of it. */
  const order = async (work: () => Promise<void>) => {
    if (!observed.up) throw agentError('Unavailable', 'the runtime is not running');
    try {
      await work();
    } finally {
      looking.trigger();
      await looking.idle();
    }
  };

  return {
    capabilities: features,
    get observed() {
      return observed;
    },
    recover: supervisor.start,
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
    async restart(signal) {
      if (!observed.up) throw agentError('Unavailable', 'the runtime is not running; it is started anyway');
      await supervisor.restart();
      await isUp(signal);
    },
    setTime(told) {
      time = told;
      if (observed.up) tellTime();
    },
    async stop() {
      stopWaiting();
      life.abort(new Error('stopping'));
      await looking.stop();
      await supervisor.stop();
    },
  };
}
