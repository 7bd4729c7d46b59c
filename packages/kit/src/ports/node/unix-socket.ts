import { createHash } from 'node:crypto';
import { chmod, unlink } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { resolve } from 'node:path';
import { SkerryError } from '../../errors.ts';
import { errnoOf, storing } from './errno.ts';

/** What the kernel's address of a Unix socket holds, its last byte being zero. */
const MAX_PATH_BYTES = process.platform === 'linux' ? 107 : 103;

/**
 * Listens on a Unix socket, made 0600, and taken over when the process that had it is dead. Rejects with
 * `PortInUse` when one lives, or with a storage error. Two that find the same dead socket don't undo each other: on Linux the takeover is
 * under a name that the kernel frees with its process; elsewhere the second of them must start in the same instant.
 */
export async function listenOnSocket(server: Server, path: string): Promise<void> {
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) throw pathTooLong(path);
  const release = await holdGuard(path);
  try {
    await storing('making', path, async () => {
      await listenOrTakeOver(server, path);
      await chmod(path, 0o600);
    });
  } finally {
    release();
  }
}

async function listenOrTakeOver(server: Server, path: string): Promise<void> {
  try {
    await listen(server, path);
  } catch (error) {
    if (errnoOf(error) !== 'EADDRINUSE') throw error;
    if (await answers(path)) throw inUse(path);
    await unlink(path);
    await listen(server, path);
  }
}

/** Listens, once; then again is possible after a failure. */
export function listen(server: Server, address: string | { port: number; host: string }): Promise<void> {
  return new Promise((resolveListening, reject) => {
    server.once('error', reject);
    server.listen(address, () => {
      server.off('error', reject);
      resolveListening();
    });
  });
}

/** A name that only one process has at a time and no crash leaves behind: Linux's abstract sockets. */
async function holdGuard(path: string): Promise<() => void> {
  if (process.platform !== 'linux') return () => {};
  const name = createHash('sha256').update(resolve(path)).digest('hex');
  const guard = createServer();
  await listen(guard, `\0skerry-takeover-${name}`).catch((error) => {
    throw errnoOf(error) === 'EADDRINUSE' ? inUse(path) : listenFailed(path, error);
  });
  return () => guard.close();
}

/** Whether someone listens there. A full queue is someone too. */
function answers(path: string): Promise<boolean> {
  return new Promise((resolveAnswer) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolveAnswer(true);
    });
    socket.once('error', (error) => resolveAnswer(errnoOf(error) !== 'ECONNREFUSED'));
  });
}

const inUse = (path: string) =>
  new SkerryError({
    code: 'PortInUse',
    detail: `another process listens on ${path}`,
    next: 'Stop the other process, or give this one another folder.',
    status: 409,
  });

const pathTooLong = (path: string) =>
  new SkerryError({
    code: 'InvalidConfig',
    detail: `the path of a socket may have ${MAX_PATH_BYTES} bytes, and ${path} has more`,
    next: 'Choose a folder with a shorter path.',
  });

export const listenFailed = (where: string, cause: unknown) =>
  new SkerryError({
    code: 'InvalidConfig',
    detail: `cannot listen on ${where}: ${(cause as Error).message}`,
    next: 'Check that the address is of this machine, and that this user may use it.',
    cause,
  });
