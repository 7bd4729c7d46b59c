import { basename, dirname, join } from 'node:path';
import type { Disk } from '@skerry/kit';
import { failure } from '../errors.ts';
import { findModelFiles } from './model-files.ts';

/** A model that a person pointed at. */
export interface FoundModel {
  readonly name: string;
  /** At least one, the highest first. */
  readonly versions: readonly FoundVersion[];
}

export interface FoundVersion {
  readonly version: string;
  /** An ONNX file, or a folder with one. */
  readonly path: string;
}

const isVersion = (name: string) => /^[1-9]\d*$/.test(name);
const isOnnx = (name: string) => name.endsWith('.onnx');

/**
 * All models at a path: one ONNX file; a folder with a `model.yaml`; or a folder of `NAME.onnx`, `NAME/model.onnx`
 * and `NAME/VERSION/model.onnx` (Triton's layout). Throws `FileNotFound`, or `ModelDataMissing` where there is no
 * model.
 */
export async function findModels(disk: Disk, path: string): Promise<FoundModel[]> {
  const kind = (await disk.stat(path))?.kind;
  if (kind === undefined) throw failure('FileNotFound', `there is nothing at ${path}`);
  if (kind !== 'folder' || (await disk.stat(join(path, 'model.yaml')))) return [await oneAt(disk, path)];
  const entries = await disk.list(path);
  const found: FoundModel[] = entries
    .filter(({ kind, name }) => kind === 'file' && isOnnx(name))
    .map(({ name }) => ({
      name: nameOfFile(join(path, name)),
      versions: [{ version: '1', path: join(path, name) }],
    }));
  for (const { name } of entries.filter((entry) => entry.kind === 'folder')) {
    const versions = await versionsIn(disk, join(path, name));
    if (versions.length > 0) found.push({ name, versions });
  }
  if (found.length > 0) return found;
  throw failure('ModelDataMissing', `there is no model in ${path}: no .onnx file, here or one folder down`);
}

async function oneAt(disk: Disk, path: string): Promise<FoundModel> {
  const versions = await versionsIn(disk, path);
  const [latest = { version: '1', path }] = versions;
  const { name, onnx } = await findModelFiles(disk, latest.path);
  return {
    name: name === 'model' ? nameOfFile(onnx) : name,
    versions: versions.length > 0 ? versions : [latest],
  };
}

// A file called model.onnx, as Triton wants it, says nothing; its folder does.
function nameOfFile(onnx: string): string {
  const stem = basename(onnx, '.onnx');
  return stem === 'model' ? basename(dirname(onnx)) || stem : stem;
}

async function versionsIn(disk: Disk, folder: string): Promise<FoundVersion[]> {
  const entries = await disk.list(folder);
  if (entries.some(({ kind, name }) => kind === 'file' && isOnnx(name)))
    return [{ version: '1', path: folder }];
  return entries
    .filter(({ kind, name }) => kind === 'folder' && isVersion(name))
    .map(({ name }) => ({ version: name, path: join(folder, name) }))
    .sort((a, b) => Number(b.version) - Number(a.version));
}
