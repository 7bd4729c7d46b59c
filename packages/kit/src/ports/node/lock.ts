import type { Stop } from '../clock.ts';

/**
 * Holds a lock of the kernel for as long as the process lives: a bound Unix socket at `path`. Rejects with
 * `LockHeld` while another process holds it. What `kill -9` left behind is taken over.
 */
export function holdLock(_path: string): Promise<Stop> {
  throw new Error('being written');
}
