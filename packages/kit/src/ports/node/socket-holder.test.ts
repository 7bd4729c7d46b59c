import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { nodeProcesses } from './processes.ts';

const { spawn, listeningOn } = nodeProcesses();
const unshare = ['unshare', '--map-root-user', '--mount'] as const;
const mayUnshare = spawnSync(unshare[0], [...unshare.slice(1), 'true']).status === 0;

async function open(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'skerry holder-'));
  t.after(() => rm(folder, { recursive: true }));
  return { folder, path: join(folder, 'lock') };
}

/** A process that listens there, started by the program `through`. */
async function listener(t: TestContext, path: string, ...through: string[]) {
  const { promise: listens, resolve } = Promise.withResolvers<void>();
  const script = `require('net').createServer().listen(${JSON.stringify(path)}, () => console.log())`;
  const [program, ...args] = [...through, process.execPath, '-e', script];
  const child = await spawn(program!, args, { output: { lines: () => resolve() } });
  const end = async () => {
    child.kill('SIGKILL');
    await child.exited;
  };
  t.after(end);
  await listens;
  return { pid: child.pid, end };
}

describe('who listens on a socket', { skip: process.platform !== 'linux' }, () => {
  it('is known while it does, even if it hangs, and nobody is once it has ended', async (t) => {
    const { path } = await open(t);
    assert.equal(await listeningOn(path), undefined);
    const { pid, end } = await listener(t, path);
    assert.equal(await listeningOn(path), pid);
    process.kill(pid, 'SIGSTOP');
    assert.equal(await listeningOn(path), pid);
    await end();
    assert.equal(await listeningOn(path), undefined);
  });

  it('is not who listens under that name in a container', { skip: !mayUnshare }, async (t) => {
    const { folder, path } = await open(t);
    const theirs = `${folder}/theirs`;
    await mkdir(theirs);
    const mount = ['sh', '-c', 'mount --bind "$0" "$1" && shift && exec "$@"', theirs, folder];
    const { pid } = await listener(t, path, ...unshare, ...mount);
    await writeFile(path, '');
    assert.equal(await listeningOn(path), undefined);
    assert.equal(await listeningOn(join(folder, 'theirs/lock')), undefined);
    await rm(path);
    const ours = await listener(t, path);
    assert.notEqual(ours.pid, pid);
    assert.equal(await listeningOn(path), ours.pid);
  });
});
