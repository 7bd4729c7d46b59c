import { basename, dirname, join } from 'node:path';
import type { Disk } from '@skerry/kit';
import { failure } from '../errors.ts';
import { findModelFiles } from './model-files.ts';

/** A model that a person pointed at. */
export interface FoundModel {
  readonly name: string;
  readonly version: string;
  /** An ONNX file, or a folder with one. */
  readonly path: string;
}

const isVersion = (name: string) => /^[1-9]\d*$/.test(name);
const isOnnx = (name: string) => name.endsWith('.onnx');

/**
 * All models at a path: one ONNX file; a folder with a `model.yaml`; or a folder of `NAME.onnx`, `NAME/model.onnx`
 * and `NAME/VERSION/model.onnx` (Triton's layout, of which the highest version counts). Throws `FileNotFound`,
 * or `ModelDataMissing` where there is no model.
 */
export async function findModels(disk: Disk, path: string): Promise<FoundModel[]> {
  const kind = (await disk.stat(path))?.kind;
  if (kind === undefined) throw failure('FileNotFound', `there is nothing at ${path}`);
  if (kind !== 'folder' || (await disk.stat(join(path, 'model.yaml')))) return [await oneAt(disk, path)];
  const entries = await disk.list(path);
  const found: FoundModel[] = entries
    .filter(({ kind, name }) => kind === 'file' && isOnnx(name))
    .map(({ name }) => ({ name: nameOfFile(join(path, name)), version: '1', path: join(path, name) }));
  for (const { name } of entries.filter((entry) => entry.kind === 'folder')) {
    const version = await versionIn(disk, join(path, name));
    if (version) found.push({ name, ...version });
  }
  if (found.length > 0) return found;
  throw failure('ModelDataMissing', `there is no model in ${path}: no .onnx file, here or one folder down`);
}

async function oneAt(disk: Disk, path: string): Promise<FoundModel> {
  const { name, onnx } = await findModelFiles(disk, path);
  return { name: name === 'model' ? nameOfFile(onnx) : name, version: '1', path };
}

// A file called model.onnx, as Triton wants it, says nothing; its folder does.
function nameOfFile(onnx: string): string {
  const stem = basename(onnx, '.onnx');
  return stem === 'model' ? basename(dirname(onnx)) || stem : stem;
}

async function versionIn(disk: Disk, folder: string): Promise<Omit<FoundModel, 'name'> | undefined> {
  const entries = await disk.list(folder);
  if (entries.some(({ kind, name }) => kind === 'file' && isOnnx(name)))
    return { version: '1', path: folder };
  const versions = entries
    .filter(({ kind, name }) => kind === 'folder' && isVersion(name))
    .map(({ name }) => Number(name));
  if (versions.length === 0) return undefined;
  const latest = String(Math.max(...versions));
  return { version: latest, path: join(folder, latest) };
}
