import type { Cli } from '../cli.ts';
import { failure } from '../errors.ts';
import type { Children } from './children.ts';
import { startCamera } from './device.ts';
import type { ExampleFiles } from './example-files.ts';
import { type Running, stopCameras } from './set-up.ts';
import type { Watch } from './watch.ts';

interface Parts {
  readonly children: Children;
  readonly running: Running;
  readonly files: ExampleFiles;
}

const readyDeadlineMs = 90_000;
const drainMs = 10_000;
const settingUpPollMs = 200;
const workingPollMs = 1000;

/** Until every device is ready; each gets its camera as soon as it is. Throws `DeadlineExceeded`. */
export function untilReady(cli: Cli, parts: Parts, watch: Watch): Promise<void> {
  return until(cli, parts, watch, () => watch.allReady);
}

/** Until the first frame of every camera is safe: only then all of them work. */
export function untilFilming(cli: Cli, parts: Parts, watch: Watch): Promise<void> {
  return until(cli, parts, watch, () => watch.sites.every(({ frames }) => frames > 0));
}

async function until(
  { ports: { clock }, signal }: Cli,
  parts: Parts,
  watch: Watch,
  isDone: () => boolean,
): Promise<void> {
  const deadline = clock.monotonic() + readyDeadlineMs;
  for (;;) {
    await lookIfThere(watch);
    filmWhereReady(parts, watch);
    if (isDone()) return;
    if (clock.monotonic() > deadline) throw neverReady(watch);
    await clock.sleep(settingUpPollMs, signal);
  }
}

function filmWhereReady({ children, running, files }: Parts, watch: Watch): void {
  for (const device of running.devices) {
    const url = watch.urlOf(device);
    if (url === undefined || running.cameras.has(device)) continue;
    running.cameras.set(device, startCamera(children, device, { program: files.camera, url }));
  }
}

/** For so long, or until interrupted. */
export async function work(
  { ports: { clock }, signal }: Cli,
  { running }: Parts,
  watch: Watch,
  forMs: number | undefined,
): Promise<void> {
  const until = clock.monotonic() + (forMs ?? Number.POSITIVE_INFINITY);
  while (clock.monotonic() < until) {
    const pause = Math.min(workingPollMs, until - clock.monotonic());
    const stopped = await clock.sleep(pause, signal).then(
      () => false,
      () => true,
    );
    if (stopped && forMs !== undefined) signal.throwIfAborted();
    if (stopped) return;
    const isThere = await lookIfThere(watch);
    if (isThere && watch.allReady) running.news = '';
  }
}

/** The cameras stop; what they were promised gets its time to reach the hub. */
export async function drain(
  { ports: { clock }, signal }: Cli,
  { children, running }: Parts,
  watch: Watch,
): Promise<void> {
  running.news = 'the cameras stop; what is on its way is waited for';
  await stopCameras(children, running);
  const until = clock.monotonic() + drainMs;
  for (;;) {
    await lookIfThere(watch);
    if (watch.drained || clock.monotonic() > until) return;
    await clock.sleep(settingUpPollMs, signal);
  }
}

/** A hub that is away for a moment is part of the play. */
function lookIfThere(watch: Watch): Promise<boolean> {
  return watch.look().then(
    () => true,
    () => false,
  );
}

function neverReady(watch: Watch) {
  const states = watch.sites.map(({ device, word, why }) => `\n  ${device}: ${word}${why && `, ${why}`}`);
  return failure(
    'DeadlineExceeded',
    `not every device was ready within ${readyDeadlineMs / 1000} s${states.join('')}`,
  );
}
