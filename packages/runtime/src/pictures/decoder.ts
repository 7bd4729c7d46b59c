import { readdirSync, readFileSync } from 'node:fs';
import sharp from 'sharp';
import { lowerPriority } from '../cores/pin.ts';

// To be imported at the first picture: most processes see none, and it takes memory.

// The pictures of a request are decoded beside each other already, and none is decoded twice.
sharp.concurrency(1);
sharp.cache(false);
// Decoding takes longer than most models do. Its threads are made by those of libuv's pool, whose priority they get.
for (const threadId of threadsNamed('libuv-worker')) lowerPriority(threadId);

/** Ids of this process's threads with a name (proc(5), `/proc/self/task`); none where there is no such folder. */
function threadsNamed(name: string): number[] {
  try {
    return readdirSync('/proc/self/task')
      .filter((id) => readFileSync(`/proc/self/task/${id}/comm`, 'utf8').trim() === name)
      .map(Number);
  } catch {
    return [];
  }
}

export default sharp;
