import { uptime } from 'node:os';
import type { Clock, Disk, Random } from '@skerry/kit';
import { formatUuid } from '@skerry/kit';
import type { BootTime } from './boot-time.ts';

const LINUX_BOOT_ID = '/proc/sys/kernel/random/boot_id';

/** The operating system's boot; where it names none (macOS), every start of the process counts as one. */
export async function nodeBootTime(
  disk: Disk,
  clock: Clock,
  random: Random,
  startsKnown: boolean,
): Promise<BootTime> {
  const named = await disk.readIfThere(LINUX_BOOT_ID).catch(() => undefined);
  const bootId = named ? Buffer.from(named).toString().trim() : formatUuid(random.bytes(16));
  const began = uptime() * 1000 - clock.monotonic();
  let timeKnown = startsKnown;
  let told: { readonly time: number; readonly at: number } | undefined;
  return {
    bootId,
    get timeKnown() {
      return timeKnown;
    },
    nowMs: () => Math.round(began + clock.monotonic()),
    hubTime: () => told && told.time + clock.monotonic() - told.at,
    tell(known, time) {
      timeKnown = known;
      told = time === undefined ? told : { time, at: clock.monotonic() };
    },
  };
}
