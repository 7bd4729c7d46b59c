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
