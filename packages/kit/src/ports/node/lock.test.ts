import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { ChildHandle } from '../processes.ts';
import { holdLock } from './lock.ts';
import { nodeProcesses } from './processes.ts';

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'skerry-lock-'));
});
after(() => rm(folder, { recursive: true }));

/** A process that holds the lock, or ends with 3 because another does. */
async function holder(path: string): Promise<{ child: ChildHandle; holds: Promise<boolean> }> {
  const module = fileURLToPath(new URL('./lock.ts', import.meta.url));
  const script = `
    const { holdLock } = await import(${JSON.stringify(module)});
    await holdLock(${JSON.stringify(path)}).catch((error) => process.exit(error.code === 'FolderInUse' ? 3 : 4));
    console.log('held');
    setInterval(() => {}, 1000);`;
  const { promise: held, resolve } = Promise.withResolvers<boolean>();
  const output = { lines: () => resolve(true) };
  const args = ['--conditions=source', '--input-type=module', '-e', script];
  const child = await nodeProcesses().spawn(process.execPath, args, { output });
  const refused = child.exited.then(({ code }) => {
    assert.notEqual(code, 4);
    return false;
  });
  return { child, holds: Promise.race([held, refused]) };
}

test('one holds it, the next is refused until it is let go', async () => {
  const path = join(folder, 'one.sock');
  const release = await holdLock(path);
  await assert.rejects(holdLock(path), { code: 'FolderInUse' });
  release();
  (await holdLock(path))();
});

test('a disk that takes no lock is what is told', async () => {
  const path = join(folder, 'no-folder', 'one.sock');
  await assert.rejects(holdLock(path), { code: 'StorageFailed', message: /making .*one\.sock failed/ });
});

test('another process is refused; after kill -9 it is not', async () => {
  const path = join(folder, 'two.sock');
  const first = await holder(path);
  assert.equal(await first.holds, true);
  await assert.rejects(holdLock(path), { code: 'FolderInUse' });
  first.child.kill('SIGKILL');
  await first.child.exited;
  (await holdLock(path))();
});

test('of many that find a dead lock at once, one gets it', async () => {
  const path = join(folder, 'many.sock');
  const dead = await holder(path);
  await dead.holds;
  dead.child.kill('SIGKILL');
  await dead.child.exited;
  const tries = await Promise.allSettled(Array.from({ length: 8 }, () => holdLock(path)));
  const held = tries.filter((it) => it.status === 'fulfilled');
  assert.equal(held.length, 1);
  for (const { value } of held) value();
});

test('a path that a socket cannot have is said to be too long', async () => {
  await assert.rejects(holdLock(join(folder, 'x'.repeat(120))), { code: 'InvalidConfig' });
});
