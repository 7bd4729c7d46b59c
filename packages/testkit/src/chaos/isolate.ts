import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { lackOf } from '../commands-here.ts';

/** Why {@link runIsolated} cannot work here, or undefined. */
export const notIsolated = lackOf('unshare', 'ip');

const unshare = ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
/** A network of one's own begins without even a loopback. */
const script = 'ip link set lo up && "$@"; exit $?';

/**
 * Runs a program of ours in namespaces of its own, of network, mounts and processes, and gives its exit code: its
 * links and disks are nobody else's, and none of its processes outlives us. A shell is process 1 there, since
 * whoever is that has to take leave of all orphans.
 */
export async function runIsolated(entry: string, args: readonly string[]): Promise<number> {
  const program = [process.execPath, ...process.execArgv, entry, ...args];
  const child = spawn('unshare', [...unshare, 'sh', '-c', script, 'sh', ...program], {
    stdio: 'inherit',
  });
  const end = () => child.kill('SIGKILL');
  process.once('SIGTERM', end).once('SIGHUP', end);
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
}
