import { type Event, eventTypes, type StreamName } from '@skerry/contracts';
import { type Ledger, messageId, type Place } from './ledger.ts';
import type { World } from './world.ts';

/** Whoever keeps what a source says: a runtime that may be gone at any moment. */
export interface Keeper {
  append(stream: StreamName, event: Event): Promise<Place>;
  eventOf(stream: StreamName, id: string, data: unknown): Event;
}

/** The sensors of one device: they say again what nobody told them is safe, with the same id. */
export interface Sources {
  /** From now on, or to nobody. */
  setKeeper(keeper: Keeper | undefined): void;
  stop(): void;
}

interface Reading {
  readonly stream: StreamName;
  readonly number: number;
  readonly data: unknown;
  /** Whom it was given to, who has not answered. */
  given: Keeper | undefined;
}

const MINUTE = 60_000;
/** The standard device: four readings and two heartbeats an hour, an alarm a day. */
const PERIODS: readonly (readonly [StreamName, number])[] = [
  ['result', 15 * MINUTE],
  ['telemetry', 30 * MINUTE],
  ['alarm', 24 * 60 * MINUTE],
];
/** A sensor has little memory. */
const MAX_WAITING = 200;

/** Their numbers begin behind `from`. */
export function sources(world: World, name: string, ledger: Ledger, from = 0): Sources {
  const random = world.random(`${name} sources`);
  const waiting = new Set<Reading>();
  let keeper: Keeper | undefined;
  let stopped = false;

  const give = (reading: Reading, to: Keeper) => {
    const { stream, number, data } = reading;
    reading.given = to;
    to.append(stream, to.eventOf(stream, messageId(stream, number), data)).then(
      (place) => {
        if (to !== keeper || !waiting.delete(reading)) return;
        ledger.promise(stream, number, place, world.elapsed);
      },
      () => {
        reading.given = undefined;
      },
    );
  };
  const giveAll = () => {
    if (!keeper) return;
    for (const reading of waiting) if (reading.given !== keeper) give(reading, keeper);
  };
  const make = (stream: StreamName, number: number) => {
    waiting.add({ stream, number, data: dataOf(number), given: undefined });
    for (const oldest of waiting) if (waiting.size > MAX_WAITING) waiting.delete(oldest);
    giveAll();
  };
  for (const [stream, period] of PERIODS) {
    let number = from;
    const tick = () => {
      if (stopped) return;
      number += 1;
      make(stream, number);
      world.after(period, tick);
    };
    world.after(period * random.number(), tick);
  }

  return {
    setKeeper(next) {
      keeper = next;
      giveAll();
    },
    stop() {
      stopped = true;
    },
  };
}

export const typeOf = (stream: StreamName) =>
  stream === 'result' ? eventTypes.result : `dev.skerry.${stream}.v1`;

/** Whether this is the text of that very message. */
export const isTextOf = (stream: StreamName, number: number, text: string) =>
  text.includes(`"id":"${messageId(stream, number)}",`) &&
  text.includes(`"data":${JSON.stringify(dataOf(number))}}`);

const dataOf = (number: number) => ({
  label: String(number % 10),
  confidence: 0.97,
  model: { name: 'digits', version: '1' },
  latencyUs: 200,
});
