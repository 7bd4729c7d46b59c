/**
 * The demo's guard, a process of its own: when the demo ends, however it ends, it ends every process that has to do
 * with the demo's folder, and removes the folder. It is told the folder on stdin, and takes the end of stdin for the
 * end of the demo: the kernel closes it even where the demo was killed.
 */
import { execFile } from 'node:child_process';
import { readdir, readFile, rm } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const graceMs = 6_000;
const patienceMs = 15_000;
const pollMs = 100;

/** Pids of the processes, ourselves aside, in whose arguments the folder stands. */
async function processesOf(folder: string): Promise<number[]> {
  const all = process.platform === 'linux' ? await fromProc() : await fromPs();
  return all.filter(({ pid, args }) => pid !== process.pid && args.includes(folder)).map(({ pid }) => pid);
}

async function fromProc() {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const read = (pid: string) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return Promise.all(pids.map(async (pid) => ({ pid: Number(pid), args: await read(pid) })));
}

async function fromPs() {
  const { stdout } = await promisify(execFile)('ps', ['-wwAo', 'pid=,command=']);
  return stdout.split('\n').map((line) => ({ pid: Number.parseInt(line, 10), args: line }));
}

function signal(pids: readonly number[], name: 'SIGTERM' | 'SIGKILL'): void {
  for (const pid of pids) {
    try {
      process.kill(pid, name);
    } catch {
      // It ended by itself meanwhile.
    }
  }
}

async function sweep(folder: string): Promise<void> {
  const startedAt = performance.now();
  signal(await processesOf(folder), 'SIGTERM');
  for (let left = await processesOf(folder); left.length > 0; left = await processesOf(folder)) {
    const waited = performance.now() - startedAt;
    if (waited > patienceMs) return;
    if (waited > graceMs) signal(left, 'SIGKILL');
    await sleep(pollMs);
  }
  await rm(folder, { recursive: true, force: true });
}

for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => {});
const folder = (await text(process.stdin)).trim();
// Only a folder that the demo made: never everything.
if (/\/skerry-demo-[\w-]+$/.test(folder)) await sweep(folder);
