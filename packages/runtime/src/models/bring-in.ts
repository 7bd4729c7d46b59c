import { isCodeName } from '@skerry/contracts';
import { failure } from '../errors.ts';
import type { VersionId } from '../execution/protocol.ts';
import { statsBytes, sumStats } from '../metrics/model-stats.ts';
import type { CoordinatorOptions, Wanted } from './coordinator.ts';
import type { ServingVersion } from './directory.ts';
import { findModelFiles } from './model-files.ts';
import type { TargetVersion } from './model-table.ts';
import { placementOf } from './placement.ts';

interface Tools extends CoordinatorOptions {
  setTarget(target: TargetVersion): Promise<void>;
}

/** Makes a version ready on every thread; requests do not see it yet. Rejects with why it cannot serve. */
export async function bringIn(tools: Tools, id: VersionId, wanted: Wanted): Promise<ServingVersion> {
  const { threads, examine, disk } = tools;
  const { name, version, digest, stamp, path } = wanted;
  await accept(tools, wanted);
  const files = await findModelFiles(disk, path);
  const { signature, measured, branches } = await examine({ name, version, files });
  const placement = placementOf(files.spec.serving, measured, branches);
  const inline = files.onnx;
  const regions = threads.map(() => new SharedArrayBuffer(statsBytes));
  try {
    for (const [at, thread] of threads.entries())
      await thread.prepare({ id, digest, signature, inline, stats: regions[at]! });
  } catch (error) {
    await Promise.allSettled(threads.map((thread) => thread.release(id)));
    throw error;
  }
  return { id, name, version, digest, stamp, signature, placement, stats: () => sumStats(regions) };
}

async function accept({ accept, setTarget }: Tools, { name, version, digest, path }: Wanted): Promise<void> {
  const id = { name, version, digest };
  await setTarget({ ...id, phase: 'Accepting' });
  const answer = await accept(path, digest);
  const { p50Us, p99Us } = answer;
  await setTarget({ ...id, phase: 'Loading', ...(p50Us && { p50Us }), ...(p99Us && { p99Us }) });
  if (answer.accepted) return;
  const code = isCodeName(answer.code) ? answer.code : 'ModelLoadFailed';
  throw failure(code, answer.message);
}
