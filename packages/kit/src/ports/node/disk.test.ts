import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { diskConformance } from '../disk-conformance.ts';
import { nodeDisk } from './disk.ts';

const made: string[] = [];
after(() => Promise.all(made.map((folder) => rm(folder, { recursive: true }))));

diskConformance('node disk', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'skerry-disk-'));
  made.push(folder);
  return { disk: nodeDisk(), folder };
});
