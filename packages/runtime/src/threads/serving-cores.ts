import type { ServingContext } from '../context.ts';
import { currentThreadId, pinThread } from '../cores/pin.ts';
import { threadStatus } from '../cores/thread-status.ts';

type Tools = Pick<ServingContext, 'settings' | 'ports' | 'logger'>;

/** Keeps the calling thread, one that serves, to the cores that are meant for those. */
export async function keepToServingCores({ settings, ports, logger }: Tools): Promise<void> {
  const cores = settings.servingCores;
  if (!cores) return;
  const placed = await pinThread(ports, currentThreadId(), cores);
  if (!placed.done) logger.warn('a serving thread has no cores of its own', { cores, why: placed.reason });
}

/** Where models may run: beside those cores, if there are others. Asked before the calling thread keeps to them. */
export function coresBeside({ settings }: Tools): readonly number[] | undefined {
  const serving = settings.servingCores;
  if (!serving || process.platform !== 'linux') return undefined;
  const others = threadStatus('self').cores.filter((core) => !serving.includes(core));
  return others.length > 0 ? others : undefined;
}
