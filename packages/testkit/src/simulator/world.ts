import { crc32 } from 'node:zlib';
import type { Random, Stop } from '@skerry/kit';
import { seededRandom } from '@skerry/kit/testing';
import { eventHeap, type Happening } from './event-heap.ts';
import { microtaskDrain } from './microtasks.ts';

/**
 * Simulated time, and the one thing in it that moves. Whatever happens is planned here: one thing at a time is let
 * happen, and all that follows from it without waiting is finished before the next. So a history depends on its seed
 * alone.
 */
export interface World {
  readonly seed: number;
  /** Milliseconds since the history began. */
  readonly elapsed: number;
  /** The true time, ms since the Unix epoch, that the machines' clocks tell more or less well. */
  readonly time: number;
  /** How many things have happened. */
  readonly steps: number;
  /** Equal for two runs of a history if the same things happened at the same moments, in the same order. */
  readonly trace: number;
  /** Lets `run` happen in `ms`. */
  after(ms: number, run: () => void): Stop;
  /** Numbers of its own for every name: what one draws changes nothing for another. */
  random(name: string): Random;
  /** Puts what was said on the trace. */
  note(text: string | Uint8Array): void;
  /** Lets happen what is due until `elapsed` is reached, or `isEnough` says so. */
  run(elapsed: number, isEnough?: () => boolean): Promise<void>;
}

export const BEGINNING = Date.UTC(2026, 0, 1);
/** How long the process may stay away from its own event loop. */
const STEPS_AT_ONCE = 20_000;
/** No fleet of some hundred devices has so much to do. */
const MOST_STEPS_A_SECOND = 100_000;

export function world(seed: number): World {
  const heap = eventHeap();
  const drain = microtaskDrain();
  let elapsed = 0;
  let planned = 0;
  let steps = 0;
  let trace = seed;
  let still = { since: 0, steps: 0 };
  const mix = (value: number) => {
    trace = (Math.imul(trace ^ value, 0x01000193) + 0x9e3779b9) >>> 0;
  };

  const take = (due: Happening) => {
    heap.pop();
    const run = due.run;
    if (!run) return;
    due.run = undefined;
    if (due.at - still.since > 1_000) still = { since: due.at, steps };
    if (steps - still.steps > MOST_STEPS_A_SECOND)
      throw new Error('time stands still: something goes round and round');
    elapsed = due.at;
    steps += 1;
    mix(due.order);
    mix(Math.round(due.at * 1000));
    run();
    drain();
  };

  /** True when there is nothing more to do. */
  const some = (until: number, isEnough: () => boolean): boolean => {
    drain();
    for (let left = STEPS_AT_ONCE; left > 0; left--) {
      const due = heap.peek();
      if (isEnough()) return true;
      if (!due || due.at > until) {
        elapsed = Math.max(elapsed, until);
        return true;
      }
      take(due);
    }
    return false;
  };

  return {
    seed,
    get elapsed() {
      return elapsed;
    },
    get time() {
      return BEGINNING + elapsed;
    },
    get steps() {
      return steps;
    },
    get trace() {
      return trace;
    },
    after(ms, run) {
      const happening: Happening = { at: elapsed + Math.max(0, ms), order: planned++, run };
      heap.push(happening);
      return () => {
        happening.run = undefined;
      };
    },
    random: (name) => seededRandom(crc32(`${seed}/${name}`)),
    note: (text) => mix(crc32(text)),
    run: (until, isEnough = () => false) =>
      new Promise((resolve, reject) => {
        const go = () => {
          try {
            if (some(until, isEnough)) resolve();
            else setImmediate(go);
          } catch (error) {
            reject(error);
          }
        };
        setImmediate(go);
      }),
  };
}
