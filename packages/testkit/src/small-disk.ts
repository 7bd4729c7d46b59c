import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Stage } from './stage.ts';

const run = promisify(execFile);

/** Why {@link mountSmallDisk} cannot work here, or undefined. */
export const noSmallDisk =
  process.platform === 'linux' && process.getuid?.() === 0
    ? undefined
    : 'needs root on Linux, to mount a small disk';

/** A disk of its own, of so many bytes, at a folder of the stage. */
export async function mountSmallDisk(
  stage: Stage,
  name: string,
  bytes: number,
): Promise<{ readonly folder: string } & AsyncDisposable> {
  const folder = await stage.makeFolder(name);
  await run('mount', ['-t', 'tmpfs', '-o', `size=${bytes},mode=0700`, 'tmpfs', folder]);
  return { folder, [Symbol.asyncDispose]: async () => void (await run('umount', ['-l', folder])) };
}
