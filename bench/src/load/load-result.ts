import { quantile } from '../judge.ts';

export interface LoadResult {
  readonly requests: number;
  readonly requestsPerSecond: number;
  readonly p50Micros: number;
  readonly p99Micros: number;
  /** The body of one of the answers. */
  readonly answer: Uint8Array;
}

/** What one connection or client did: how long each of its requests took. */
export interface LoadPart {
  readonly micros: readonly number[];
  readonly answer: Uint8Array;
}

/** @param began  by `performance.now` */
export function loadResult(began: number, parts: readonly LoadPart[]): LoadResult {
  const seconds = (performance.now() - began) / 1000;
  const micros = parts.flatMap((part) => part.micros);
  return {
    requests: micros.length,
    requestsPerSecond: micros.length / seconds,
    p50Micros: quantile(micros, 0.5),
    p99Micros: quantile(micros, 0.99),
    answer: parts[0]!.answer,
  };
}
