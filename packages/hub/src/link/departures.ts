import { type Clock, type Logger, type Random, retry, singleFlight } from '@skerry/kit';

/** Devices that left while that could not be stored: one that does not come back would be shown as connected for good. */
export interface Departures {
  /** Stores it as soon as that succeeds. */
  add(deviceId: string): void;
  /** What is not stored by then never is. */
  stop(): Promise<void>;
}

export interface DeparturesOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Rejects where it cannot; of a device that is back there is nothing to store. */
  readonly store: (deviceId: string) => Promise<void>;
}

const PAUSE = { baseMs: 1_000, capMs: 60_000 };

export function departures({ clock, random, logger, store }: DeparturesOptions): Departures {
  const left = new Set<string>();

  /** One after the other, as far as it goes: what keeps one from being stored mostly keeps them all. */
  const storeAll = async (signal: AbortSignal) => {
    for (const deviceId of left) {
      signal.throwIfAborted();
      left.delete(deviceId);
      try {
        await store(deviceId);
      } catch (error) {
        left.add(deviceId);
        throw error;
      }
    }
  };

  const storing = singleFlight(
    (signal) => retry(() => storeAll(signal), { ...PAUSE, clock, random, attempts: Infinity, signal }),
    (error) => logger.error('devices that left are still shown as connected', { error }),
  );

  return {
    add(deviceId) {
      left.add(deviceId);
      storing.trigger();
    },
    stop: storing.stop,
  };
}
