import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { test } from 'node:test';
import { PAGE_BYTES } from './patient-disk.ts';

const hasStrace = spawnSync('strace', ['-V']).status === 0;
const skip = !hasStrace && 'strace, which lets reads fail, is not installed';

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
