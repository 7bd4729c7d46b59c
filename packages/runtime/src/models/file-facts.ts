import { basename, dirname, join } from 'node:path';
import { readOnnxFile } from '@skerry/contracts';
import type { Disk } from '@skerry/kit';

/** What an ONNX file shows before it is opened. */
export interface FileFacts {
  /** Of the file and of the files beside it that hold its weights. */
  readonly bytes: number;
  /** Its operators whose calls take as long as their input says; undefined of a file too large to look. */
  readonly branches: readonly string[] | undefined;
}

/** A larger file has its weights in it: it is no model for every serving thread, and would only fill the memory. */
const READ_BYTES = 4 * 1024 * 1024;
const BRANCHES = ['Loop', 'Scan', 'If'];

export async function fileFacts(disk: Disk, onnx: string): Promise<FileFacts> {
  const size = (await disk.stat(onnx))?.size ?? 0;
  const reading = size > READ_BYTES ? undefined : readOnnxFile(await disk.read(onnx));
  // What is wrong with a file, opening it tells.
  const { externalFiles = await besides(disk, onnx), operators = [] } = reading?.ok ? reading.file : {};
  const beside = await Promise.all(externalFiles.map((file) => disk.stat(join(dirname(onnx), file))));
  return {
    bytes: beside.reduce((sum, stat) => sum + (stat?.size ?? 0), size),
    branches: reading && BRANCHES.filter((branch) => operators.includes(branch)),
  };
}

/** Files that are called like it, as exporters call those with weights: `model.onnx.data`, `model.onnx_data`. */
async function besides(disk: Disk, onnx: string): Promise<string[]> {
  const name = basename(onnx);
  const names = (await disk.list(dirname(onnx))).map((entry) => entry.name);
  return names.filter((one) => one !== name && one.startsWith(name));
}
