import type { Ledger } from './ledger.ts';
import type { Picture } from './pictures.ts';
import type { Poster } from './post.ts';

export interface CameraOptions {
  readonly pictures: readonly Picture[];
  readonly ledger: Ledger;
  readonly poster: Poster;
  /** Frames a second. */
  readonly rate: number;
  /** What the lens does to a picture. */
  readonly lens: (pixels: Uint8Array) => Uint8Array;
}

export interface Counts {
  /** Frames taken, frames that the runtime said are safe, frames given up, frames that nobody could hold. */
  taken: number;
  safe: number;
  failed: number;
  missed: number;
}

export interface Camera {
  readonly counts: Readonly<Counts>;
  /** Takes no more frames, and resolves once those on their way are safe, or given up after `patienceMs`. */
  stop(patienceMs: number): Promise<void>;
}

/** Frames that may wait for the runtime: five seconds' worth of a camera with 50 a second. */
const mostWaiting = 256;

/** Takes pictures on a fixed schedule, and goes on doing so while the runtime is away. */
export function startCamera({ pictures, ledger, poster, rate, lens }: CameraOptions): Camera {
  const counts: Counts = { taken: 0, safe: 0, failed: 0, missed: 0 };
  const waiting = new Set<Promise<void>>();
  const startedAt = performance.now();
  let next = ledger.last + 1;
  let giveUpAt = Number.POSITIVE_INFINITY;

  async function take(frame: number): Promise<void> {
    const { row, pixels } = pictures[(frame - 1) % pictures.length]!;
    try {
      await poster.post({ frame, pixels: lens(pixels) }, () => giveUpAt);
      await ledger.write({ frame, row });
      counts.safe++;
    } catch (error) {
      counts.failed++;
      process.stderr.write(`camera: ${(error as Error).message}\n`);
    }
  }

  function shoot(): void {
    const due = Math.floor(((performance.now() - startedAt) * rate) / 1000);
    while (counts.taken + counts.missed < due) {
      if (waiting.size >= mostWaiting) counts.missed++;
      else {
        counts.taken++;
        const shot = take(next++).finally(() => waiting.delete(shot));
        waiting.add(shot);
      }
    }
  }

  const timer = setInterval(shoot, 1000 / rate);
  return {
    counts,
    async stop(patienceMs) {
      clearInterval(timer);
      giveUpAt = Date.now() + patienceMs;
      await Promise.all(waiting);
    },
  };
}
