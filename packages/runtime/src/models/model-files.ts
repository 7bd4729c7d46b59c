import { basename, dirname, extname, join } from 'node:path';
import { type ModelSpec, modelObject, modelSpec } from '@skerry/contracts';
import type { Disk } from '@skerry/kit';
import { parseYaml } from '@skerry/kit/yaml';
import { failure } from '../errors.ts';
import { withLabels } from './labels-file.ts';

/** A model as it lies on the disk. */
export interface ModelFiles {
  /** Its own name: model.yaml's, or the file's. */
  readonly name: string;
  /** Where model.yaml and the files that it names lie. */
  readonly folder: string;
  /** Path of the ONNX file. */
  readonly onnx: string;
  readonly spec: ModelSpec;
}

/** Finds the parts of a model: `path` is an ONNX file, or a folder with one and perhaps a `model.yaml`. */
export async function findModelFiles(disk: Disk, path: string): Promise<ModelFiles> {
  const kind = (await disk.stat(path))?.kind;
  if (kind === undefined) throw failure('ModelDataMissing', `there is nothing at ${path}`);
  const files = kind === 'folder' ? path : dirname(path);
  const { folder, card } = await findModelYaml(disk, files);
  const onnx = kind === 'folder' ? await onnxFileOf(disk, files, card?.spec.file) : path;
  // A model.yaml beside several files speaks of the one it names.
  const own = card && (card.spec.file ?? basename(onnx)) === basename(onnx) ? card : undefined;
  return {
    name: own?.metadata.name ?? basename(onnx, extname(onnx)),
    folder,
    onnx,
    spec: own ? await withLabels(disk, folder, own.spec) : modelSpec.parse({}),
  };
}

/** In Triton's layout, one beside the folders of the versions speaks of all that have none of their own. */
async function findModelYaml(disk: Disk, folder: string) {
  const own = await readModelYaml(disk, join(folder, 'model.yaml'));
  if (own || !/^[1-9]\d*$/.test(basename(folder))) return { folder, card: own };
  const above = dirname(folder);
  return { folder: above, card: await readModelYaml(disk, join(above, 'model.yaml')) };
}

async function readModelYaml(disk: Disk, path: string) {
  const bytes = await disk.readIfThere(path);
  if (!bytes) return undefined;
  return parseYaml({ name: path, text: Buffer.from(bytes).toString() }, modelObject).value;
}

async function onnxFileOf(disk: Disk, folder: string, named: string | undefined): Promise<string> {
  const files = (await disk.list(folder)).filter(
    ({ kind, name }) => kind === 'file' && name.endsWith('.onnx'),
  );
  const names = files.map(({ name }) => name);
  if (named !== undefined) {
    if (names.includes(named)) return join(folder, named);
    throw failure('ModelDataMissing', `model.yaml names ${named}, which is not in ${folder}`);
  }
  const only = names.length === 1 ? names[0] : names.find((name) => name === 'model.onnx');
  if (only !== undefined) return join(folder, only);
  throw failure(
    'ModelDataMissing',
    names.length === 0
      ? `there is no .onnx file in ${folder}`
      : `${folder} has ${names.join(', ')}; say which in model.yaml under spec.file`,
  );
}
