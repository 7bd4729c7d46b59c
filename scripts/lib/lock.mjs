import { createHash } from 'node:crypto';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** How long one process waits for another: as long as a slow link may take to install everything. */
const patienceMs = 10 * 60_000;

/**
 * Does `work` while holding a lock on `name`, so that two processes never do it at once.
 *
 * The lock is a bound socket, which the kernel frees when its holder ends, however it ends; a file
 * would survive a `kill -9` and lie.
 *
 * @template T
 * @param {string} name
 * @param {() => Promise<T>} work
 * @param {() => void} onWait  called once, if another process holds the lock
 * @returns {Promise<T>}
 */
export async function withLock(name, work, onWait) {
  const held = await hold(addressOf(name), onWait);
  try {
    return await work();
  } finally {
    held.close();
  }
}

async function hold(address, onWait) {
  const deadline = Date.now() + patienceMs;
  for (let waited = false; Date.now() < deadline; waited = true) {
    const server = await tryListen(address);
    if (server) return server;
    if (!waited) onWait();
    await sleep(250);
  }
  throw new Error(
    'Another process of this project has been setting it up for 10 minutes. End it, then try again.',
  );
}

function tryListen(address) {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (error) => (error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error)));
    server.listen(address, () => resolve(server.unref()));
  });
}

/** Linux has sockets without a file; elsewhere a loopback port, chosen by the name, does. */
function addressOf(name) {
  const hash = createHash('sha256').update(name).digest();
  if (process.platform === 'linux') return { path: `\0skerry-${hash.toString('hex', 0, 16)}` };
  return { host: '127.0.0.1', port: 20_000 + (hash.readUInt32BE(0) % 10_000) };
}
