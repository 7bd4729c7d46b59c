import { readdir, readFile } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { digestOf, type ModelVersion } from '@skerry/contracts';
import type { ProjectClient } from '@skerry/sdk';
import { projectFolder } from './sources.ts';

/** The folder of the digit model: model.yaml, weights, acceptance cases. */
export const digitsFolder = join(projectFolder, 'examples/meter-reading/model');

export interface ModelWish {
  readonly name: string;
  readonly folder: string;
  /** What to push instead of a file of the folder, or beside them, by path. */
  readonly changed?: Readonly<Record<string, string | Uint8Array>>;
}

/** Pushes the files of a folder as the next version of a model. */
export async function pushModel(
  people: ProjectClient,
  { name, folder, changed = {} }: ModelWish,
): Promise<ModelVersion> {
  const contents = new Map(Object.entries(changed).map(([path, text]) => [path, Buffer.from(text)]));
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name).slice(folder.length + 1);
    const wirePath = path.split(sep).join('/');
    if (entry.isFile() && !contents.has(wirePath)) contents.set(wirePath, await readFile(join(folder, path)));
  }
  const files = [...contents].map(([path, bytes]) => ({
    path,
    digest: digestOf(bytes),
    size: bytes.length,
    read: async (start: number, length: number) => bytes.subarray(start, start + length),
  }));
  return people.models.push({ name, files });
}
