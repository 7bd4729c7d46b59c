import { type Clock, inTurn, type Stop } from '@skerry/kit';
import type { OutboxReader } from '@skerry/kit/outbox';

/**
 * Whether the file system tells of what a producer writes. Nobody says so beforehand: where the producer is in another
 * container or on another machine no hint may ever come. A look that finds what no hint told of settles it for good.
 */
export interface Hints {
  /** Undefined while nothing was written. */
  readonly work: boolean | undefined;
  /** Something was written, of which a hint told or not. */
  judge(wasTold: boolean): void;
}

export function hints(): Hints {
  let work: boolean | undefined;
  return {
    get work() {
      return work;
    },
    judge(wasTold) {
      work = wasTold && work !== false;
    },
  };
}

/** Where nobody tells, as often as an alarm, or a message on wires, may wait. */
const BLIND_MS = 1_000;
/** While nothing was ever written that a hint could have told of. */
const EXPECTANT_MS = 10_000;
const UNSURE_MS = 60_000;
/** One that works may get lost all the same. */
const TRUSTED_MS = 15 * 60_000;
const TRUSTED_URGENT_MS = 5 * 60_000;
const LINGERS_A_LOOK = 4;

/**
 * Between two looks at a folder while no hint comes, ms. Where hints work they are enough, nearly. Where they don't,
 * a look comes as soon as messages would go that wait for company; what is urgent cannot wait for so long.
 */
export function lookEveryMs({ work }: Pick<Hints, 'work'>, lingerMs: number, isUrgent: boolean): number {
  if (work) return isUrgent ? TRUSTED_URGENT_MS : Math.max(TRUSTED_MS, LINGERS_A_LOOK * lingerMs);
  if (work === false) return isUrgent ? BLIND_MS : Math.max(BLIND_MS, lingerMs);
  const patient = Math.max(EXPECTANT_MS, lingerMs);
  return isUrgent ? Math.min(UNSURE_MS, patient) : patient;
}

/** Sees what comes into a stream's folder, and finds out on the way whether hints tell of it. */
export interface Lookout {
  /** Whether something has come since the last look; true at the first. */
  look(): Promise<boolean>;
  close(): Promise<void>;
}

export interface LookoutOptions {
  readonly clock: Pick<Clock, 'timer'>;
  readonly reader: Pick<OutboxReader, 'hasChanged' | 'watch'>;
  readonly hints: Hints;
  readonly onHint: () => void;
}

/** A hint may come a little later than what it tells of. */
const GRACE_MS = 2_000;

export function lookout({ clock, reader, hints, onHint }: LookoutOptions): Lookout {
  const turn = inTurn();
  let isFirst = true;
  /** A hint came since the last look. */
  let told = false;
  /** Stops the wait for a hint of what the last look found. */
  let stopWaiting: Stop | undefined;

  const judge = (wasTold: boolean) => {
    stopWaiting?.();
    stopWaiting = undefined;
    hints.judge(wasTold);
  };
  const look = async (): Promise<boolean> => {
    const [wasTold, wasFirst] = [told, isFirst];
    told = false;
    if (wasTold && stopWaiting) judge(true);
    const changed = await reader.hasChanged();
    isFirst = false;
    if (wasFirst || !changed) return wasFirst || changed;
    if (wasTold) judge(true);
    else {
      stopWaiting?.();
      stopWaiting = clock.timer(GRACE_MS, () => judge(told));
    }
    return true;
  };
  const stopWatching = reader.watch(() => {
    told = true;
    onHint();
    if (hints.work === undefined) turn(look).catch(() => {});
  });

  return {
    look: () => turn(look),
    async close() {
      stopWatching();
      await turn(async () => stopWaiting?.());
    },
  };
}
