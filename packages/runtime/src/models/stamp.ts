import { basename, dirname, join } from 'node:path';
import type { Disk } from '@skerry/kit';

/**
 * Sizes and times of a version's files, as a text that changes when one of them does: of an ONNX file and what lies
 * beside it under its name, or of a folder; and of a `model.yaml` beside either.
 */
export async function stampOf(disk: Disk, path: string): Promise<string> {
  const isFolder = (await disk.stat(path))?.kind === 'folder';
  const folder = isFolder ? path : dirname(path);
  const stem = isFolder ? '' : basename(path, '.onnx');
  const names = (await disk.list(folder))
    .filter(({ kind, name }) => kind === 'file' && (name.startsWith(stem) || name === 'model.yaml'))
    .map(({ name }) => join(folder, name));
  const above = isFolder ? [join(dirname(folder), 'model.yaml')] : [];
  const facts: string[] = [];
  for (const name of [...names, ...above]) {
    const stat = await disk.stat(name);
    if (stat) facts.push(`${basename(name)} ${stat.size} ${stat.modifiedAt}`);
  }
  return facts.join('; ');
}
