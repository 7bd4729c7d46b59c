import { describeError, isSkerryError } from '@skerry/kit';
import { type Found, pass, warn } from './finding.ts';
import type { Site } from './site.ts';

/** Whether an agent runs, and how it gets on with its hub. */
export async function checkRunning({ running, mute }: Site): Promise<Found[]> {
  if (isSkerryError(mute, 'Forbidden')) return [warn(mute.detail, mute.next)];
  if (mute !== undefined)
    return [
      warn(
        `the agent does not say how it is: ${describeError(mute)}`,
        'Look at its log: `skerry agent logs`.',
      ),
    ];
  if (!running)
    return [warn('no agent runs on this folder', 'Start it: `skerry agent run`, or its service.')];
  const { link } = running;
  if (link.connected) return [pass('an agent runs, and is connected to its hub')];
  return [warn(`an agent runs, and is not connected: ${link.detail}`, 'See what is said of the link below.')];
}
