import { setTimeout as sleep } from 'node:timers/promises';

/** For tests: waits until something is so, for ten seconds at most. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`not within ten seconds: ${isSo}`);
    await sleep(2);
  }
}
