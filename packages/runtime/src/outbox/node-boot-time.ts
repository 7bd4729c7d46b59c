import type { Clock, Disk, Random } from '@skerry/kit';
import { formatUuid } from '@skerry/kit';
import { machineBoot } from '@skerry/kit/node';
import type { BootTime } from './boot-time.ts';

/** The operating system's boot; where it names none (macOS), every start of the process counts as one. */
export async function nodeBootTime(
  disk: Disk,
  clock: Clock,
  random: Random,
  startsKnown: boolean,
): Promise<BootTime> {
  const ofProcess = { id: formatUuid(random.bytes(16)), ms: () => Math.round(clock.monotonic()) };
  const boot = (await machineBoot(disk, clock)) ?? ofProcess;
  let said = startsKnown;
  let told: { readonly time: number; readonly at: number } | undefined;
  return {
    bootId: boot.id,
    get timeKnown() {
      return said;
    },
    nowMs: boot.ms,
    hubTime: () => told && told.time + clock.monotonic() - told.at,
    tell(known, time) {
      told = time === undefined ? told : { time, at: clock.monotonic() };
      // An agent that starts anew does not know yet what this process was told before.
      said = known || told !== undefined;
    },
  };
}
