import { open } from 'node:fs/promises';

/** Milliseconds that each commit took, and all of them together. */
export interface BareAppends {
  readonly eachMs: readonly number[];
  readonly totalMs: number;
}

/** What cannot be done without: each batch is appended to a file with one write, and then fdatasynced. */
export async function bareAppends(path: string, batches: readonly number[]): Promise<BareAppends> {
  const bytes = Buffer.alloc(Math.max(...batches), 'x');
  await using file = await open(path, 'a');
  const eachMs: number[] = [];
  const began = performance.now();
  for (const size of batches) {
    const at = performance.now();
    await file.write(bytes, 0, size);
    await file.datasync();
    eachMs.push(performance.now() - at);
  }
  return { eachMs, totalMs: performance.now() - began };
}
