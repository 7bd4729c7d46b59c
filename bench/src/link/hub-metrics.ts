/** The hub's own figures by name, labels included, as Prometheus reads them. */
export type Metrics = ReadonlyMap<string, number>;

export async function readMetrics(api: string): Promise<Metrics> {
  const answer = await fetch(`${api}/metrics`);
  if (!answer.ok) throw new Error(`the hub gives no metrics: ${answer.status}`);
  const lines = (await answer.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  );
}

/** A figure that the hub must have. */
export function metric(metrics: Metrics, name: string): number {
  const value = metrics.get(name);
  if (value === undefined) throw new Error(`the hub has no metric ${name}`);
  return value;
}

const bucket = /^skerry_hub_acknowledgement_seconds_bucket\{le="([^"]+)",backlog="false"\}$/;

/**
 * The q-quantile, in ms, of how long the hub took to acknowledge batches of connected devices between two looks; within
 * a bucket of its histogram by linear interpolation, as Prometheus does it.
 */
export function acknowledgementsBetween(before: Metrics, after: Metrics, q: number): number {
  const upTo = [...after].flatMap(([name, count]) => {
    const bound = bucket.exec(name)?.[1];
    return bound === undefined ? [] : [{ ms: msOf(bound), count: count - (before.get(name) ?? 0) }];
  });
  const all = upTo.at(-1)?.count ?? 0;
  if (all === 0) throw new Error('the hub acknowledged nothing meanwhile');
  const at = upTo.findIndex(({ count }) => count >= q * all);
  const { ms, count } = upTo[at]!;
  const below = upTo[at - 1] ?? { ms: 0, count: 0 };
  if (ms === Number.POSITIVE_INFINITY) return below.ms;
  return below.ms + ((ms - below.ms) * (q * all - below.count)) / (count - below.count);
}

const msOf = (bound: string) => (bound === '+Inf' ? Number.POSITIVE_INFINITY : Number(bound) * 1000);
