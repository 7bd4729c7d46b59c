import type { DeviceFigures } from './figures.ts';

const leastShare = 0.9;

/** What is wrong with a run, a sentence each; nothing when all is as it should be. `expected` are frames a site. */
export function faultsOf(devices: readonly DeviceFigures[], expected: number): string[] {
  return devices.flatMap((it) => {
    const faults = [
      it.ready ? undefined : 'is not ready',
      it.waiting === 0 ? undefined : `has ${it.waiting ?? 'an unknown number of'} messages waiting`,
      it.lost === 0 ? undefined : `lost ${it.lost} frames`,
      it.duplicates === 0 ? undefined : `delivered ${it.duplicates} messages more than once`,
      it.delivered >= leastShare * expected
        ? undefined
        : `delivered ${it.delivered} frames, of ${expected} that it should have`,
    ];
    return faults.filter((fault) => fault !== undefined).map((fault) => `${it.name} at ${it.site} ${fault}`);
  });
}
