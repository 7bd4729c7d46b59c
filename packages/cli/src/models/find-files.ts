import { basename, dirname, extname, join } from 'node:path';
import { type ModelObject, modelObject } from '@skerry/contracts';
import type { Disk } from '@skerry/kit';
import { parseYaml, type YamlDocument } from '@skerry/kit/yaml';
import { failure } from '../errors.ts';

/** Where a model lies on this machine. */
export interface ModelPlace {
  readonly folder: string;
  /** Name of the ONNX file in the folder. */
  readonly onnx: string;
  /** What its model.yaml says, where there is one that speaks of this file. */
  readonly card: YamlDocument<ModelObject> | undefined;
}

/** Finds a model: `path` is an ONNX file, or a folder with one and perhaps a `model.yaml`. */
export async function findModel(disk: Disk, path: string): Promise<ModelPlace> {
  const kind = (await disk.stat(path))?.kind;
  if (kind === undefined) throw failure('FileNotFound', `there is nothing at ${path}`);
  const folder = kind === 'folder' ? path : dirname(path);
  const card = await readCard(disk, join(folder, 'model.yaml'));
  const named = card?.value.spec.file;
  const onnx = kind === 'folder' ? await onnxIn(disk, folder, named) : basename(path);
  return { folder, onnx, card: named === undefined || named === onnx ? card : undefined };
}

/** The name that a person would expect: model.yaml's, or the file's, made a name. */
export function nameOf({ onnx, card }: ModelPlace): string {
  const fromFile = basename(onnx, extname(onnx)).toLowerCase();
  return card?.value.metadata.name ?? fromFile.replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '');
}

async function readCard(disk: Disk, path: string): Promise<YamlDocument<ModelObject> | undefined> {
  const content = await disk.readIfThere(path);
  return content && parseYaml({ name: path, text: Buffer.from(content).toString() }, modelObject);
}

async function onnxIn(disk: Disk, folder: string, named: string | undefined): Promise<string> {
  const names = (await disk.list(folder)).filter(({ kind }) => kind === 'file').map(({ name }) => name);
  if (named !== undefined) {
    if (names.includes(named)) return named;
    throw failure('FileNotFound', `model.yaml names ${named}, which is not in ${folder}`);
  }
  const models = names.filter((name) => name.endsWith('.onnx'));
  const [only] = models;
  if (only !== undefined && models.length === 1) return only;
  const what = models.length === 0 ? 'no .onnx file' : `several models (${models.join(', ')})`;
  throw failure('BadUsage', `${folder} holds ${what}`, {
    next: 'Name the file itself, or say which in model.yaml under spec.file.',
  });
}
