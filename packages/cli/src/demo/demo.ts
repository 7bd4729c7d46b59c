import type { Cli } from '../cli.ts';
import { interrupted } from '../errors.ts';
import { rate } from './cast.ts';
import { type Children, openChildren } from './children.ts';
import { endSignal } from './end-signal.ts';
import { type ExampleFiles, findExample } from './example-files.ts';
import type { DeviceFigures } from './figures.ts';
import { drain, untilFilming, untilReady, work } from './play.ts';
import { type Running, setUp, stopAll } from './set-up.ts';
import { openShow } from './show.ts';
import { faultsOf } from './verdict.ts';
import { watchFleet } from './watch.ts';

export interface DemoOptions {
  /** How long to work after all devices are ready; absent: until interrupted. */
  readonly forMs?: number | undefined;
  readonly json: boolean;
}

/** What `--json` prints. */
export interface DemoResult {
  readonly devices: readonly DeviceFigures[];
  /** Seconds from the start until all devices were ready. */
  readonly ready_s: number;
}

export interface DemoEnd {
  readonly result: DemoResult;
  /** What was not as it should be, a sentence each. */
  readonly faults: readonly string[];
}

/**
 * Plays the demo and ends all that it started. Without a time, a signal ends it well (undefined before the devices
 * were ready); with one, a signal throws `Interrupted`.
 */
export async function playDemo(cli: Cli, options: DemoOptions): Promise<DemoEnd | undefined> {
  const files = await findExample();
  const children = await openChildren();
  const running: Running = { devices: [], cameras: new Map(), news: '' };
  const { signal, release } = endSignal(cli.signal, () => children.killAll());
  const show = openShow(cli, running, files, options.json);
  try {
    return await play({ ...cli, signal }, options, { children, running, files });
  } catch (error) {
    if (!signal.aborted) throw error;
    if (options.forMs !== undefined) throw interrupted();
    return undefined;
  } finally {
    show.close();
    cli.stderr.line('Ending all that was started …');
    await stopAll(children, running);
    release();
  }
}

interface Parts {
  readonly children: Children;
  readonly running: Running;
  readonly files: ExampleFiles;
}

async function play(cli: Cli, { forMs }: DemoOptions, parts: Parts): Promise<DemoEnd> {
  const { running, files } = parts;
  await orAborted(setUp({ cli, ...parts }), cli.signal);
  const watch = watchFleet(running.hub!.project, running.devices, files.labels);
  running.watch = watch;
  await untilReady(cli, parts, watch);
  const ready_s = Number((performance.now() / 1000).toFixed(1));
  await untilFilming(cli, parts, watch);
  running.news = '';
  await work(cli, parts, watch, forMs);
  if (forMs !== undefined) await drain(cli, parts, watch);
  const devices = await watch.figures();
  const faults = forMs === undefined ? [] : faultsOf(devices, (rate * forMs) / 1000);
  return { result: { devices, ready_s }, faults };
}

function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    work.then(resolve, reject);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
