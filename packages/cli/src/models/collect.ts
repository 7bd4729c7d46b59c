import { createHash } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import { acceptanceCase, relativePath } from '@skerry/contracts';
import type { Disk } from '@skerry/kit';
import type { ModelFile } from '@skerry/sdk';
import { z } from 'zod';
import { failure } from '../errors.ts';
import { checkCard, checkOnnx, warnOfOutputs } from './check-onnx.ts';
import { findModel, type ModelPlace, nameOf } from './find-files.ts';

export interface CollectedModel {
  /** By default; a person may choose another. */
  readonly name: string;
  readonly license: string | undefined;
  readonly files: readonly ModelFile[];
  /** For the person who pushes. */
  readonly warnings: readonly string[];
}

const pieceBytes = 4 * 1024 * 1024;

/** All files of a model, read and checked: what is broken is found here, before anything is uploaded. */
export async function collectModel(disk: Disk, path: string): Promise<CollectedModel> {
  const place = await findModel(disk, path);
  const onnxPath = join(place.folder, place.onnx);
  const onnx = checkOnnx(await disk.read(onnxPath), onnxPath);
  const warnings = warnOfOutputs(onnx, onnxPath);
  checkCard(place, onnx);
  await checkExternal(disk, place, onnx.externalFiles);
  const cases = await casesOf(disk, place);
  const labels = await labelsOf(disk, place);
  const others = [...onnx.externalFiles, ...(place.card ? ['model.yaml'] : []), ...labels, ...cases];
  const files = await Promise.all([
    openFile(disk, onnxPath, safePath(place.onnx)),
    ...others.map((name) => openFile(disk, join(place.folder, name), name)),
  ]);
  return { name: nameOf(place), license: place.card?.value.spec.license, files, warnings };
}

async function checkExternal(
  disk: Disk,
  { folder, onnx }: ModelPlace,
  names: readonly string[],
): Promise<void> {
  for (const name of names) {
    const isInside = relativePath.safeParse(name).success;
    if (!isInside)
      throw failure('ModelDataMissing', `${onnx} keeps weights in “${name}”, which is not inside its folder`);
    if (!(await disk.stat(join(folder, name))))
      throw failure(
        'ModelDataMissing',
        `${onnx} keeps weights in “${name}”, which is not beside it in ${folder}`,
      );
  }
}

/** Paths of the acceptance cases that model.yaml names. Throws `InvalidFile` for a case that says nothing testable. */
async function casesOf(disk: Disk, { folder, card }: ModelPlace): Promise<string[]> {
  const pattern = card?.value.spec.acceptance?.cases;
  if (pattern === undefined) return [];
  const inside = dirname(pattern);
  const fits = globOf(basename(pattern));
  const entries = (await disk.list(join(folder, inside))).filter(
    ({ kind, name }) => kind === 'file' && fits.test(name),
  );
  if (entries.length === 0) {
    const { name, line, column } = card!.placeOf(['spec', 'acceptance', 'cases']);
    throw failure('InvalidFile', `${name}:${line}:${column}: spec.acceptance.cases: no file fits ${pattern}`);
  }
  const paths = entries.map(({ name }) => (inside === '.' ? name : `${inside}/${name}`)).sort();
  for (const path of paths) checkCase(path, await disk.read(join(folder, path)));
  return paths;
}

/** Files with labels that model.yaml names, each once. */
async function labelsOf(disk: Disk, { folder, card }: ModelPlace): Promise<string[]> {
  const named = new Set<string>();
  for (const [output, meaning] of Object.entries(card?.value.spec.outputs ?? {}))
    for (const kind of ['classification', 'detection'] as const) {
      const file = meaning[kind]?.labelsFile;
      if (file === undefined) continue;
      if ((await disk.stat(join(folder, file)))?.kind !== 'file') {
        const { name, line, column } = card!.placeOf(['spec', 'outputs', output, kind, 'labelsFile']);
        throw failure('InvalidFile', `${name}:${line}:${column}: ${file} is not in ${folder}`);
      }
      named.add(file);
    }
  return [...named];
}

const escapeRegExp = (text: string) => text.replace(/[\\^$.|?+()[\]{}]/g, '\\$&');
/** `*` stands for any part of a file's name. */
const globOf = (pattern: string) => new RegExp(`^${pattern.split('*').map(escapeRegExp).join('.*')}$`);

function checkCase(path: string, content: Uint8Array): void {
  try {
    acceptanceCase.parse(JSON.parse(Buffer.from(content).toString()));
  } catch (cause) {
    const why = cause instanceof z.ZodError ? z.prettifyError(cause) : (cause as Error).message;
    throw failure('InvalidFile', `acceptance case ${path}: ${why}`, { cause });
  }
}

/** The ONNX file travels under another name where its own cannot stand in an artifact. */
const safePath = (name: string) => (relativePath.safeParse(name).success ? name : 'model.onnx');

async function openFile(disk: Disk, at: string, path: string): Promise<ModelFile> {
  if (!relativePath.safeParse(path).success)
    throw failure('InvalidFile', `“${path}” cannot be a file of a model`, {
      next: 'Use letters, digits, dot, dash and underscore in its name, and keep it inside the folder.',
    });
  const read = (start: number, length: number) => readPiece(disk, at, start, length);
  const hash = createHash('sha256');
  let size = 0;
  for (let piece = await read(0, pieceBytes); piece.length > 0; piece = await read(size, pieceBytes)) {
    hash.update(piece);
    size += piece.length;
  }
  return { path, size, digest: `sha256:${hash.digest('hex')}`, read };
}

async function readPiece(disk: Disk, path: string, start: number, length: number): Promise<Uint8Array> {
  const file = await disk.openRead(path);
  try {
    return await file.read(start, length);
  } finally {
    await file.close();
  }
}
