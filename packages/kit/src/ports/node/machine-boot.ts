import { uptime } from 'node:os';
import type { Clock } from '../clock.ts';
import type { Disk } from '../disk.ts';

/** A boot of the operating system, and how long ago it was. */
export interface MachineBoot {
  readonly id: string;
  /** Milliseconds since then. Never goes back. */
  ms(): number;
}

const LINUX_BOOT_ID = '/proc/sys/kernel/random/boot_id';

/** Undefined where the system names no boot (macOS). */
export async function machineBoot(disk: Disk, clock: Clock): Promise<MachineBoot | undefined> {
  const named = await disk.readIfThere(LINUX_BOOT_ID).catch(() => undefined);
  const began = uptime() * 1000 - clock.monotonic();
  return (
    named && {
      id: Buffer.from(named).toString().trim(),
      ms: () => Math.round(began + clock.monotonic()),
    }
  );
}
