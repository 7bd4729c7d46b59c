import { dirname, join } from 'node:path';
import { readOnnxFile } from '@skerry/contracts';
import type { Disk } from '@skerry/kit';

/** What an ONNX file shows before it is opened. */
export interface FileFacts {
  /** Of the file and of the files beside it that hold its weights. */
  readonly bytes: number;
  /** Its operators whose calls take as long as their input says. */
  readonly branches: readonly string[];
}

/** A file so large is not read: its weights lie in it, and opening it takes too long for a serving thread anyway. */
const READ_BYTES = 64 * 1024 * 1024;
const BRANCHES = ['Loop', 'Scan', 'If'];

export async function fileFacts(disk: Disk, onnx: string): Promise<FileFacts> {
  const size = (await disk.stat(onnx))?.size ?? 0;
  if (size > READ_BYTES) return { bytes: size, branches: [] };
  const reading = readOnnxFile(await disk.read(onnx));
  // What is wrong with it, opening tells.
  if (!reading.ok) return { bytes: size, branches: [] };
  const { externalFiles, operators } = reading.file;
  const beside = await Promise.all(externalFiles.map((file) => disk.stat(join(dirname(onnx), file))));
  return {
    bytes: beside.reduce((sum, stat) => sum + (stat?.size ?? 0), size),
    branches: BRANCHES.filter((branch) => operators.includes(branch)),
  };
}
