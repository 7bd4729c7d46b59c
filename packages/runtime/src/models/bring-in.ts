import { isCodeName } from '@skerry/contracts';
import type { Disk, Logger } from '@skerry/kit';
import { failure } from '../errors.ts';
import type { Opened } from '../execution/instance-host.ts';
import type { InstancePool } from '../execution/instance-pool.ts';
import type { OpenVersion } from '../execution/open-version.ts';
import type { VersionId } from '../execution/protocol.ts';
import { versionBoardBytes } from '../execution/version-board.ts';
import { statsBytes, sumStats } from '../metrics/model-stats.ts';
import type { ServingThread } from '../threads/serving.ts';
import type { Accept } from './accept.ts';
import type { ServingVersion } from './directory.ts';
import { fileFacts } from './file-facts.ts';
import type { MemoryBudget } from './memory-budget.ts';
import { findModelFiles, type ModelFiles } from './model-files.ts';
import type { TargetVersion } from './model-table.ts';
import { hangsOnOpening, type Measured, type Placement, placementOf } from './placement.ts';
import type { ModelId } from './served-model.ts';
import { type VersionInstances, versionInstances } from './version-instances.ts';

/** What versions are brought in with. */
export interface Resources {
  /** The main thread first. */
  readonly threads: readonly ServingThread[];
  readonly pool: InstancePool;
  readonly budget: MemoryBudget;
  readonly disk: Disk;
  readonly logger: Logger;
  readonly accept: Accept;
  /** Elements of an input in a request, at most. */
  readonly elementLimit?: number;
}

/** A version that is to serve, and where it lies. */
export interface Wanted extends ModelId {
  /** An ONNX file, or a folder with one. */
  readonly path: string;
  /** See {@link ServingVersion}. */
  readonly stamp: string;
}

interface Tools extends Resources {
  setTarget(target: TargetVersion): Promise<void>;
  /** Versions that serve already. */
  readonly serving: number;
}

/** A version that is ready on every thread, with what to close when it goes. */
export interface BroughtIn {
  readonly version: ServingVersion;
  readonly instances: VersionInstances;
}

/** From so many on, memory counts for more than the last percent of speed. */
const MANY = 8;

/** Makes a version ready on every thread; requests do not see it yet. Rejects with why it cannot serve. */
export async function bringIn(tools: Tools, id: VersionId, wanted: Wanted): Promise<BroughtIn> {
  const { threads, disk, pool, budget } = tools;
  const { name, version, digest, stamp, path } = wanted;
  const files = await findModelFiles(disk, path);
  const facts = await fileFacts(disk, files.onnx);
  budget.checkWeights(name, facts.bytes, files.spec.serving?.instances ?? 1);
  await accept(tools, wanted);
  const board = new SharedArrayBuffer(versionBoardBytes);
  const { onnx: file, spec } = files;
  const { elementLimit } = tools;
  const isLean = tools.serving >= MANY;
  const order = { version: id, name, number: version, file, spec, isLean, elementLimit, board };
  const instances = versionInstances({ ...tools, order });
  const open = await pool.open(order);
  const regions = threads.map(() => new SharedArrayBuffer(statsBytes));
  try {
    const { signature } = open.opened;
    const placement = placementOf(files.spec.serving, await measure(open), facts.branches);
    await place(tools, placement, open, files);
    const inline = placement.execution === 'inline' ? files.onnx : undefined;
    for (const [at, thread] of threads.entries())
      await thread.prepare({ id, digest, signature, inline, board, stats: regions[at]! });
    if (!inline) instances.adopt(open);
    const stats = () => sumStats([...regions, ...instances.stats()]);
    const { pending, restarts } = instances;
    return {
      version: { id, name, version, digest, stamp, signature, placement, stats, pending, restarts },
      instances,
    };
  } catch (error) {
    await Promise.allSettled([...threads.map((thread) => thread.release(id)), open.close()]);
    throw error;
  }
}

const OPENINGS = 3;

async function measure(open: OpenVersion): Promise<Measured> {
  let measured = measuredOf(open.opened);
  for (let times = 1; times < OPENINGS && hangsOnOpening(measured); times++)
    measured = { ...measured, openMs: Math.min(measured.openMs, await open.reload()) };
  return measured;
}

const measuredOf = ({ loadMs, callP50Us, callP99Us }: Opened): Measured => ({
  openMs: loadMs,
  p50Ms: callP50Us === undefined ? undefined : callP50Us / 1000,
  p99Ms: callP99Us === undefined ? undefined : callP99Us / 1000,
});

/** What was opened to be measured goes on as an instance, or makes room for sessions on the serving threads. */
async function place(
  { threads, budget }: Tools,
  { execution }: Placement,
  open: OpenVersion,
  { spec }: ModelFiles,
): Promise<void> {
  if (execution === 'inline') {
    budget.checkMeasured(open.opened.signature.name, open.opened.rssBytes, threads.length);
    return open.close();
  }
  while (open.instances < (spec.serving?.instances ?? 1)) await open.grow();
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
