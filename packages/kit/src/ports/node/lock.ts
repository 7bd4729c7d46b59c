import { createServer } from 'node:net';
import { dirname } from 'node:path';
import { isSkerryError, SkerryError } from '../../errors.ts';
import type { Stop } from '../clock.ts';
import { listenOnSocket } from './unix-socket.ts';

/**
 * Holds a lock of the kernel for as long as the process lives: a bound Unix socket at `path`. Rejects with
 * `FolderInUse` while another process holds it. What `kill -9` left behind is taken over.
 */
export async function holdLock(path: string): Promise<Stop> {
  const server = createServer((socket) => socket.destroy());
  server.unref();
  try {
    await listenOnSocket(server, path);
  } catch (error) {
    throw isSkerryError(error, 'PortInUse') ? folderInUse(path, error) : error;
  }
  return () => void server.close();
}

const folderInUse = (path: string, cause: unknown) =>
  new SkerryError({
    code: 'FolderInUse',
    detail: `another process uses ${dirname(path)}`,
    next: 'Stop the other process, or give this one a folder of its own.',
    status: 409,
    cause,
  });
