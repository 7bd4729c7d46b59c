import type { Plan } from './history.ts';

/** Every history that ever failed, to be run again for ever; what was wrong then, behind it. */
export const failedSeeds: readonly (Plan & { readonly was: string })[] = [
  { seed: 5, days: 1, devices: 4, was: 'a full disk ended the agent, when the hub’s time was to be kept' },
];
