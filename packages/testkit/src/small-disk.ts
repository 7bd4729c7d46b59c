import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Stage } from './stage.ts';

const run = promisify(execFile);

/** Why {@link mountSmallDisk} cannot work here, or undefined. */
export const noSmallDisk =
  process.platform === 'linux' && process.getuid?.() === 0
    ? undefined
    : 'needs root on Linux, to mount a small disk';

/** A disk of its own, at a folder of the stage. */
export interface SmallDisk extends AsyncDisposable {
  readonly folder: string;
  resize(bytes: number): Promise<void>;
}

export async function mountSmallDisk(stage: Stage, name: string, bytes: number): Promise<SmallDisk> {
  const folder = await stage.makeFolder(name);
  const mount = (options: string) => run('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder]);
  await mount(`size=${bytes},mode=0700`);
  return {
    folder,
    resize: async (size) => void (await mount(`remount,size=${size}`)),
    [Symbol.asyncDispose]: async () => void (await run('umount', ['-l', folder])),
  };
}
