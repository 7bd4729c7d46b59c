import { Histogram, type Metric } from 'prom-client';

/** What operators see of the link. */
export interface LinkMeter {
  /** A batch was acknowledged, so long after it arrived. */
  acknowledged(ms: number, isReturning: boolean): void;
  readonly metrics: readonly Metric[];
}

/** From 1 ms to 3 s, each a quarter above the one before: fine enough to see a percentile move. */
const buckets = Array.from({ length: 37 }, (_, i) => Number((0.001 * 1.25 ** i).toPrecision(3)));

export function linkMeter(): LinkMeter {
  const seconds = new Histogram({
    name: 'skerry_hub_acknowledgement_seconds',
    help: 'How long batches took from their arrival to their acknowledgement, by whether the device works off a backlog',
    labelNames: ['backlog'],
    buckets,
    registers: [],
  });
  const returning = seconds.labels({ backlog: 'true' });
  const others = seconds.labels({ backlog: 'false' });
  return {
    acknowledged: (ms, isReturning) => (isReturning ? returning : others).observe(ms / 1000),
    metrics: [seconds],
  };
}
