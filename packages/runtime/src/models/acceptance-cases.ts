import { basename, join } from 'node:path';
import { type AcceptanceCase, acceptanceCase } from '@skerry/contracts';
import type { Disk } from '@skerry/kit';
import { z } from 'zod';
import { failure } from '../errors.ts';

export interface NamedCase extends AcceptanceCase {
  readonly name: string;
}

/** The case files that `pattern` (such as `acceptance/*.json`) names, by file name. Throws `InvalidFile`. */
export async function readCases(disk: Disk, folder: string, pattern: string): Promise<NamedCase[]> {
  const inside = join(folder, pattern, '..');
  const fits = glob(basename(pattern));
  const names = (await disk.list(inside)).filter(({ kind, name }) => kind === 'file' && fits.test(name));
  if (names.length === 0)
    throw failure('InvalidFile', `model.yaml: spec.acceptance.cases is ${pattern}, which no file fits`);
  return Promise.all(
    names
      .map(({ name }) => name)
      .sort()
      .map(async (name) => parseCase(name, await disk.read(join(inside, name)))),
  );
}

const glob = (pattern: string) =>
  new RegExp(
    `^${pattern
      .split('*')
      .map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, '\\$&'))
      .join('.*')}$`,
  );

function parseCase(file: string, bytes: Uint8Array): NamedCase {
  try {
    const parsed = acceptanceCase.parse(JSON.parse(Buffer.from(bytes).toString()));
    return { ...parsed, name: parsed.name ?? basename(file, '.json') };
  } catch (cause) {
    const why = cause instanceof z.ZodError ? z.prettifyError(cause) : (cause as Error).message;
    throw failure('InvalidFile', `acceptance case ${file}: ${why}`, { cause });
  }
}
