import { join } from 'node:path';
import type { ModelOutput, ModelSpec } from '@skerry/contracts';
import type { Disk } from '@skerry/kit';
import { failure } from '../errors.ts';

const MAX_BYTES = 16 * 1024 * 1024;

/** Fills in the labels that model.yaml leaves to files beside it. Throws `InvalidFile`. */
export async function withLabels(disk: Disk, folder: string, spec: ModelSpec): Promise<ModelSpec> {
  const outputs: Record<string, ModelOutput> = {};
  for (const [name, output] of Object.entries(spec.outputs)) {
    const { classification, detection } = output;
    const labelsOf = async (file: string | undefined) =>
      file === undefined ? undefined : { labels: await readLabels(disk, folder, file) };
    outputs[name] = {
      ...output,
      ...(classification && {
        classification: { ...classification, ...(await labelsOf(classification.labelsFile)) },
      }),
      ...(detection && { detection: { ...detection, ...(await labelsOf(detection.labelsFile)) } }),
    };
  }
  return { ...spec, outputs };
}

async function readLabels(disk: Disk, folder: string, file: string): Promise<string[]> {
  const path = join(folder, file);
  const size = (await disk.stat(path))?.size;
  if (size === undefined) throw failure('InvalidFile', `model.yaml names ${file}, which is not in ${folder}`);
  if (size > MAX_BYTES)
    throw failure('InvalidFile', `${path} is larger than ${MAX_BYTES} bytes; it holds labels`);
  const labels = parseLabels(Buffer.from(await disk.read(path)).toString());
  if (labels.length > 0) return labels;
  throw failure('InvalidFile', `${path} is empty; it must have one label a line`);
}

/** One label a line; an empty line in the middle is a class without a name. */
export const parseLabels = (text: string): string[] => {
  const lines = text.replace(/^\uFEFF/, '').trimEnd();
  return lines === '' ? [] : lines.split('\n').map((line) => line.trim());
};
