import { z } from 'zod';
import { isSkerryError } from '../errors.ts';
import type { Disk } from '../ports/disk.ts';
import { decodeTwice, encodeTwice } from './twice.ts';

/** What a process knows of time. */
export interface TimeSource {
  /** The boot that `sinceBoot` counts from. */
  readonly bootId: string;
  /** Milliseconds, never going back within a boot. */
  sinceBoot(): number;
  /** The hub's time, ms since the epoch; undefined while the hub has not told it in this life. */
  hubTime(): number | undefined;
}

/**
 * Known elapsed time: milliseconds that have certainly passed since the folder was made. The machine's clock has no
 * say in it. It counts while a process runs, and over a time without one if the boot is the same, or once the hub's
 * time is known that was known before as well. What nobody can know is not counted.
 */
export interface Elapsed {
  /** Never goes back. */
  now(): number;
  /** So much has passed for certain, as a header on the disk says that was written before a power cut. */
  atLeast(ms: number): void;
  /** Writes it down, so that a restart goes on from here. */
  save(): Promise<void>;
  /** The same once it is worth a write, so that a power cut takes back little: half of what this process had run at the last call, or 6 h. */
  keep(): Promise<void>;
}

const MOST_UNKEPT_MS = 6 * 3_600_000;

const count = z.number().nonnegative();
const saved = z.object({
  elapsedMs: count,
  bootId: z.string(),
  sinceBootMs: count,
  /** The hub's time when it was known last, and what had elapsed by then. */
  hub: z.object({ timeMs: z.number(), elapsedMs: count }).optional(),
});

export async function openElapsed(disk: Disk, path: string, source: TimeSource): Promise<Elapsed> {
  const before = await recall(disk, path);
  const began = before?.bootId === source.bootId ? before.sinceBootMs : source.sinceBoot();
  /** What had elapsed when the boot was `began` old. */
  let base = before?.elapsedMs ?? 0;
  let hub = before?.hub;
  const opened = source.sinceBoot();
  let kept = { elapsed: base, ran: 0 };

  const running = () => base + Math.max(0, source.sinceBoot() - began);
  const atLeast = (ms: number) => {
    base += Math.max(0, ms - running());
  };

  const now = () => {
    const timeMs = source.hubTime();
    if (timeMs !== undefined) {
      if (hub) atLeast(hub.elapsedMs + timeMs - hub.timeMs);
      if (timeMs > (hub?.timeMs ?? -Infinity)) hub = { timeMs, elapsedMs: running() };
    }
    return running();
  };

  const save = async () => {
    const state = { elapsedMs: now(), bootId: source.bootId, sinceBootMs: source.sinceBoot(), hub };
    await disk.writeAtomic(path, encodeTwice(state));
    kept = { elapsed: state.elapsedMs, ran: state.sinceBootMs - opened };
  };

  return {
    now,
    atLeast,
    save,
    async keep() {
      if (now() - kept.elapsed > Math.min(kept.ran, MOST_UNKEPT_MS)) await save();
    },
  };
}

/** What cannot be read counts as damaged: the segments' headers say what has passed at least. */
async function recall(disk: Disk, path: string): Promise<z.output<typeof saved> | undefined> {
  const bytes = await disk.readIfThere(path).catch((error) => {
    if (!isSkerryError(error, 'StorageFailed')) throw error;
    return undefined;
  });
  return bytes && saved.safeParse(decodeTwice(bytes)).data;
}
