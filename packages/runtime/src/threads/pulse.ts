import { type Clock, every, type Stop } from '@skerry/kit';

/** What a serving thread lets the main thread see at any time, in shared memory. */
export interface Pulse {
  /** For others to read along. */
  readonly memory: SharedArrayBuffer;
  readonly connections: number;
  readonly beats: number;
  opened(): void;
  closed(): void;
  beat(): void;
}

/** Bytes of the memory that {@link pulseIn} wants. */
export const pulseBytes = 8;

const [CONNECTIONS, BEATS] = [0, 1] as const;

export function pulseIn(memory = new SharedArrayBuffer(pulseBytes)): Pulse {
  const numbers = new Int32Array(memory);
  return {
    memory,
    get connections() {
      return Atomics.load(numbers, CONNECTIONS);
    },
    get beats() {
      return Atomics.load(numbers, BEATS);
    },
    opened: () => void Atomics.add(numbers, CONNECTIONS, 1),
    closed: () => void Atomics.sub(numbers, CONNECTIONS, 1),
    beat: () => void Atomics.add(numbers, BEATS, 1),
  };
}

const BEAT_MS = 500;
const MISSED = 20;

/** Shows that this thread's event loop turns. */
export const startBeating = (clock: Clock, pulse: Pulse): Stop => every(clock, BEAT_MS, () => pulse.beat());

/**
 * Calls `onHung` when a thread has shown no beat while the calling thread looked 20 times, half a second apart.
 * Looks are counted, not time: a machine that slept, or a process that was stopped, is not hung.
 */
export function watchPulse(clock: Clock, pulse: Pulse, onHung: () => void): Stop {
  let last = pulse.beats;
  let missed = 0;
  return every(clock, BEAT_MS, () => {
    missed = pulse.beats === last ? missed + 1 : 0;
    last = pulse.beats;
    if (missed === MISSED) onHung();
  });
}
