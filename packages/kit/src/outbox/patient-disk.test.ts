import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { test } from 'node:test';
import { manualClock } from '../testing/manual-clock.ts';
import { memoryDisk } from '../testing/memory-disk.ts';
import { PAGE_BYTES } from './failing-pages.ts';
import { patientDisk } from './patient-disk.ts';

const mayTrace = spawnSync('strace', ['-qq', '-o', '/dev/null', process.execPath, '-v']).status === 0;
const skip = !mayTrace && 'strace, which lets reads fail, is not here or may not trace';

const SOURCE = `
  import { nodeDisk } from ${JSON.stringify(new URL('../ports/node/disk.ts', import.meta.url).href)};
  import { patientDisk } from ${JSON.stringify(new URL('./patient-disk.ts', import.meta.url).href)};
  const disk = patientDisk({ disk: nodeDisk(), clock: { monotonic: () => 0 }, patienceMs: 0 });
  const file = await disk.openRead(process.argv[1]);
  const bytes = await file.read(100, 1e6);
  const gone = [0, ${PAGE_BYTES}].map(file.givenUpBehind);
  console.log(JSON.stringify({ gone, length: bytes.length, zeros: bytes.filter((byte) => byte === 0).length }));
  await file.close();
`;

test('the pages that a real disk answers with EIO are given up, and no others', { skip }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'skerry-pages-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'segment');
  writeFileSync(path, Buffer.alloc(3 * PAGE_BYTES, 'x'));
  // The whole first, then the first of its pages.
  const fault = ['-e', 'trace=pread64', '-e', 'inject=pread64:error=EIO:when=1..2'];
  const node = ['--conditions=source', '--input-type=module', '-e', SOURCE, path];
  const how = ['-f', '-qq', '-o', join(folder, 'strace'), '-P', path, ...fault];
  // strace counts for each thread.
  const env = { ...process.env, UV_THREADPOOL_SIZE: '1' };
  const args = [...how, process.execPath, ...node];
  const child = spawn('strace', args, { stdio: ['ignore', 'pipe', 'inherit'], env });
  const found = await json(child.stdout);
  assert.deepEqual(found, { gone: [1, 0], length: 3 * PAGE_BYTES - 100, zeros: PAGE_BYTES - 100 });
});

test('failures that are hours apart are no reason to give anything up', async () => {
  const HOUR_MS = 3_600_000;
  const clock = manualClock();
  const dying = memoryDisk();
  await dying.makeFolder('/outbox');
  await dying.writeAtomic('/outbox/segment', 'x'.repeat(100));
  assert.ok(dying.killPage('/outbox', () => 0));
  const disk = patientDisk({ disk: dying, clock, patienceMs: HOUR_MS });
  const read = async () => (await disk.openRead('/outbox/segment')).read(0, 100);
  for (let times = 0; times < 5; times++) {
    await assert.rejects(read(), { code: 'StorageFailed' });
    await clock.advance(3 * HOUR_MS);
  }
  await assert.rejects(read(), { code: 'StorageFailed' });
  await clock.advance(HOUR_MS);
  assert.deepEqual(await read(), new Uint8Array(100));
});
