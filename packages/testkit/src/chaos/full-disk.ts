import { open, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SmallDisk } from '../small-disk.ts';
import type { Fault } from './fault.ts';

const mebibyte = 2 ** 20;

/** A disk of which nothing is left. */
export function fullDisk(kind: string, place: string, { folder }: SmallDisk): Fault {
  const ballast = join(folder, 'ballast');
  const probe = join(folder, 'probe');
  return {
    ...{ kind, place, thing: `disk of ${place}` },
    begin: () => fill(ballast),
    async proof() {
      const code = await writeFile(probe, Buffer.alloc(65_536)).then(
        () => undefined,
        (error: NodeJS.ErrnoException) => error.code,
      );
      await rm(probe, { force: true });
      if (code === 'ENOSPC') return 'a write of 64 KiB failed with ENOSPC';
      // Space was given back meanwhile.
      await fill(ballast);
      return undefined;
    },
    end: () => rm(ballast, { force: true }),
  };
}

/** Appends until nothing more fits. */
async function fill(path: string): Promise<void> {
  const file = await open(path, 'a');
  try {
    for (let size = mebibyte; size >= 4096; size /= 16) await appendAll(file, Buffer.alloc(size));
  } finally {
    await file.close();
  }
}

async function appendAll(file: Awaited<ReturnType<typeof open>>, piece: Buffer): Promise<void> {
  try {
    for (;;) await file.write(piece);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  }
}
