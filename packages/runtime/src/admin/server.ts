import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import type { Context } from '../context.ts';
import { router } from '../http/router.ts';
import { drain, httpServer, listenOnSocket } from '../http/server.ts';
import { errorWriter } from '../listeners.ts';
import { type AdminParts, adminRoutes } from './routes.ts';

const DRAIN_MS = 2_000;
const LIMITS = {
  headMs: 10_000,
  requestMs: 60_000,
  idleMs: 75_000,
  headBytes: 16 * 1024,
  connections: 64,
};

/** Listens on `admin.sock` in the state folder, which only this user may enter. */
export async function startAdmin(context: Context, parts: AdminParts): Promise<void> {
  const { life, ports } = context;
  const path = join(parts.instance.stateFolder, 'admin.sock');
  const server = httpServer(router(adminRoutes(parts)), errorWriter(context), LIMITS);
  const start = async () => {
    // Whoever left a socket here is gone: the lock of the folder is ours.
    await ports.disk.remove(path);
    await listenOnSocket(server, path);
    await chmod(path, 0o600);
  };
  await life.start('admin', start, () => drain(server, DRAIN_MS));
}
