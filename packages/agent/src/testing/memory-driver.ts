import { features, type RuntimeStatus } from '@skerry/contracts';
import { SkerryError } from '@skerry/kit';
import type { Driver, DriverNews, End, Observed } from '../drivers/driver.ts';

/** A runtime without a process, which misbehaves as a test wants. */
export interface MemoryDriver extends Driver {
  /** Digests of versions that fail their acceptance. */
  readonly bad: Set<string>;
  /** Digests of models that were measured at a busy moment. */
  readonly slow: Set<string>;
  /** Digests of models for which there is no memory. */
  readonly large: Set<string>;
  /** How often a model was to be loaded. */
  readonly loads: number;
  /** It ends, unasked unless said otherwise, and is back empty at once. */
  crash(end?: End): void;
  readonly running: boolean;
}

export function memoryDriver(): MemoryDriver {
  const listeners = new Set<() => void>();
  const newsListeners = new Set<(news: DriverNews) => void>();
  const bad = new Set<string>();
  const slow = new Set<string>();
  const large = new Set<string>();
  let loads = 0;
  let observed: Observed = { up: false, crashLoop: false, status: undefined };
  let running = false;

  const set = (changes: Partial<RuntimeStatus>, up = true) => {
    const status = { ...(observed.status ?? emptyStatus), ...changes };
    observed = { ...observed, up, status };
    for (const listener of listeners) listener();
  };
  const tell = (news: DriverNews) => {
    for (const listener of newsListeners) listener(news);
  };
  const models = () => observed.status?.models ?? [];
  const pipelines = () => observed.status?.pipelines ?? [];
  const start = () => {
    running = true;
    tell({ what: 'started' });
    set({ models: [], pipelines: [] });
  };

  return {
    capabilities: features,
    bad,
    slow,
    large,
    get loads() {
      return loads;
    },
    get running() {
      return running;
    },
    get observed() {
      return observed;
    },
    recover: start,
    crash(end = { how: 'killed by SIGSEGV', wasAsked: false }) {
      tell({ what: 'ended', ...end });
      set({}, false);
      start();
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    onNews(listener) {
      newsListeners.add(listener);
      return () => newsListeners.delete(listener);
    },
    async load(name, { version, digest }) {
      loads += 1;
      if (large.has(digest))
        throw new SkerryError({ code: 'AcceptanceUnfinished', detail: 'their process was killed', next: '' });
      if (bad.has(digest))
        throw new SkerryError({ code: 'AcceptanceFailed', detail: 'case one: got 1, expected 7', next: '' });
      if (slow.has(digest))
        throw new SkerryError({
          code: 'AcceptanceTooSlow',
          detail: 'took 60 ms, the budget 50 ms',
          next: '',
        });
      const others = models().filter((model) => model.name !== name);
      set({ models: [...others, { name, version, digest, phase: 'Serving', count: 0 }] });
    },
    async unload(name) {
      set({ models: models().filter((model) => model.name !== name) });
    },
    async putPipeline(name, spec) {
      const others = pipelines().filter((pipeline) => pipeline.name !== name);
      const made = { name, spec, phase: 'Serving' as const, frames: 0, failed: 0, captured: 0, sinks: {} };
      set({ pipelines: [...others, made] });
    },
    async removePipeline(name) {
      set({ pipelines: pipelines().filter((pipeline) => pipeline.name !== name) });
    },
    async restart() {
      set({}, false);
      start();
    },
    setTime() {},
    async stop() {
      running = false;
    },
  };
}

const emptyStatus: RuntimeStatus = {
  instanceId: '01900000-0000-7000-8000-0000000000aa',
  pid: 1,
  stateFolder: '/state/runtime',
  rest: 'http://127.0.0.1:8000',
  metrics: 'http://127.0.0.1:8002',
  models: [],
  pipelines: [],
  outbox: { bytes: 0, quota: 1, drops: [] },
};
