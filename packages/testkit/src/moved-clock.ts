import { globSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Stage } from './stage.ts';

const [library] = globSync('/usr/lib/*/faketime/libfaketimeMT.so.1');

/** Why {@link openMovedClock} cannot work here, or undefined. */
export const noMovedClock = library ? undefined : 'needs libfaketime (Debian: the package faketime)';

/** A wall clock of its own for some processes, that jumps while they run. */
export interface MovedClock {
  /** For the processes that are to live by it, and for their children. */
  readonly env: Readonly<Record<string, string>>;
  /** Sets it so many milliseconds, rounded to seconds, after the machine's; before it with a minus. */
  move(offsetMs: number): Promise<void>;
}

export async function openMovedClock(stage: Stage, name: string): Promise<MovedClock> {
  const file = join(stage.folder, `${name}.clock`);
  const move = async (offsetMs: number) => {
    const seconds = Math.round(offsetMs / 1000);
    // Renamed, so that nobody reads half an offset.
    await writeFile(`${file}.new`, `${seconds < 0 ? '' : '+'}${seconds}\n`);
    await rename(`${file}.new`, file);
  };
  await move(0);
  return {
    move,
    env: {
      LD_PRELOAD: library ?? '',
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: '1',
      // Node's timers run by the monotonic clock, and stall when that jumps.
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    },
  };
}
