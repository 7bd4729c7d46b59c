import { schemes, type Transport } from './transport.ts';

/** One way to the hub. */
export interface Way {
  readonly transport: Transport;
  /** As the hub gave it: `https://HOST:PORT` or `mqtts://HOST:PORT`. */
  readonly address: string;
}

/** What is remembered of a way that failed while another worked. Times are monotonic, ms. */
export interface Setback {
  readonly failures: number;
  /** It is not tried of our own accord before that. */
  readonly until: number;
}

export const nameOf = ({ transport, address }: Way) => `${transport} ${address}`;

/** All ways, the best first: by transport, then in the order of the hub's addresses. */
export function waysOf(transports: readonly Transport[], addresses: readonly string[]): Way[] {
  return transports.flatMap((transport) =>
    addresses
      .filter((address) => address.startsWith(schemes[transport]))
      .map((address) => ({ transport, address })),
  );
}

export type Setbacks = ReadonlyMap<string, Setback>;

/** Whether it may be tried of our own accord. */
export const isDue = (way: Way, setbacks: Setbacks, now: number): boolean =>
  (setbacks.get(nameOf(way))?.until ?? 0) <= now;

/**
 * In which order to try them when there is no connection: those without a setback, then the others, since a way
 * that failed is better than none.
 */
export function tryOrder(ways: readonly Way[], setbacks: Setbacks, now: number): Way[] {
  const due = ways.filter((way) => isDue(way, setbacks, now));
  return [...due, ...ways.filter((way) => !due.includes(way))];
}

/** The way to try while `current` works: a better one that is due. Anything is better than a way that is none any more. */
export function betterWay(
  ways: readonly Way[],
  current: Way,
  setbacks: Setbacks,
  now: number,
): Way | undefined {
  const at = ways.findIndex((way) => nameOf(way) === nameOf(current));
  const better = at < 0 ? ways : ways.slice(0, at);
  return better.find((way) => isDue(way, setbacks, now));
}

/** The first try comes at a 360th of the longest pause, then twice as late each time; a quarter of it is jitter. */
export function setBack(
  before: Setback | undefined,
  now: number,
  longestMs: number,
  random: number,
): Setback {
  const failures = (before?.failures ?? 0) + 1;
  const pauseMs = Math.min(longestMs, (longestMs / 360) * 2 ** Math.min(failures - 1, 20));
  return { failures, until: now + pauseMs * (0.875 + random / 4) };
}
