import { lookup } from 'node:dns/promises';
import { lstat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Owned, Probes } from '../probes.ts';
import { copyState } from './copy-state.ts';

export function nodeProbes(): Probes {
  return {
    user: process.getuid?.(),
    builtAt: async () => (await lstat(fileURLToPath(import.meta.url))).mtimeMs,
    owned,
    resolve: async (host) => (await lookup(host, { all: true })).map(({ address }) => address),
    copyState,
  };
}

async function owned(path: string): Promise<Owned | undefined> {
  const found = await lstat(path).catch((error) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (!found) return undefined;
  const kind = found.isDirectory() ? 'folder' : found.isFile() ? 'file' : 'other';
  return { kind, mode: found.mode & 0o777, user: process.getuid ? found.uid : undefined };
}
