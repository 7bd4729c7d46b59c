import assert from 'node:assert/strict';
import { it } from 'node:test';
import { silentLogger } from '@skerry/kit';
import { memoryDisk } from '@skerry/kit/testing';
import type { Accept } from './accept.ts';
import { rememberAccepted } from './accepted.ts';

it('remembers over a restart what passed, and tries again what did not', async () => {
  const disk = memoryDisk();
  await disk.makeFolder('/state');
  const asked: string[] = [];
  const accept: Accept = async (_path, digest) => {
    asked.push(digest);
    return digest === 'good'
      ? { accepted: true, cases: 3 }
      : { accepted: false, code: 'AcceptanceFailed', message: 'no' };
  };
  for (let start = 0; start < 2; start++) {
    const remembering = await rememberAccepted(accept, disk, '/state/accepted.json', silentLogger);
    assert.deepEqual(await remembering('/m', 'good'), { accepted: true, cases: 3 });
    assert.equal((await remembering('/m', 'bad')).accepted, false);
  }
  assert.deepEqual(asked, ['good', 'bad', 'bad']);
});

it('starts anew where the file is spoilt, or the disk does not read it', async () => {
  const disk = memoryDisk();
  await disk.makeFolder('/state');
  await disk.writeAtomic('/state/accepted.json', '{"good":');
  const accept: Accept = async () => ({ accepted: true, cases: 1 });
  for (let start = 0; start < 2; start++) {
    const remembering = await rememberAccepted(accept, disk, '/state/accepted.json', silentLogger);
    assert.deepEqual(await remembering('/m', 'good'), { accepted: true, cases: 1 });
    assert.ok(disk.killPage('/state', () => 0));
  }
});
