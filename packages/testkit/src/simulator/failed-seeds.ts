import type { Plan } from './history.ts';

/** Every history that ever failed, to be run again for ever; what was wrong then, behind it. */
export const failedSeeds: readonly (Plan & { readonly was: string })[] = [
  {
    seed: 5,
    days: 0.3,
    devices: 1,
    faults: [{ kind: 'disk-full', at: 3_600_000, lastsMs: 4 * 3_600_000, device: 0 }],
    was: 'a full disk ended the agent, when the hub’s time was to be kept',
  },
  {
    seed: 2031,
    days: 2,
    devices: 3,
    was: 'a stream that could not be read for a while was never looked at again',
  },
];
