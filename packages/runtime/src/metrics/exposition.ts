import type { Histogram } from './histogram.ts';

type Labels = Readonly<Record<string, string>>;

export type Sample = readonly [labels: Labels, value: number];

/** One metric of the text format (Prometheus exposition format 0.0.4); empty without samples. */
export function family(
  name: string,
  type: 'counter' | 'gauge' | 'untyped',
  help: string,
  samples: readonly Sample[],
): string {
  if (samples.length === 0) return '';
  return head(name, type, help) + samples.map(([labels, value]) => line(name, labels, value)).join('');
}

const BOUNDS_US = [
  10, 25, 50, 100, 250, 500, 1e3, 2.5e3, 5e3, 1e4, 2.5e4, 5e4, 1e5, 2.5e5, 5e5, 1e6, 1e7,
] as const;

/** Durations in seconds, with buckets from 10 µs to 10 s. */
export function histogramFamily(
  name: string,
  help: string,
  samples: readonly (readonly [Labels, Histogram])[],
): string {
  if (samples.length === 0) return '';
  return head(name, 'histogram', help) + samples.map(([labels, one]) => buckets(name, labels, one)).join('');
}

function buckets(name: string, labels: Labels, { count, sum, countUpTo }: Histogram): string {
  const upTo = BOUNDS_US.map((us) =>
    line(`${name}_bucket`, { ...labels, le: String(us / 1e6) }, countUpTo(us)),
  );
  const all = line(`${name}_bucket`, { ...labels, le: '+Inf' }, count);
  return `${upTo.join('')}${all}${line(`${name}_sum`, labels, sum / 1e6)}${line(`${name}_count`, labels, count)}`;
}

const head = (name: string, type: string, help: string) => `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;

function line(name: string, labels: Labels, value: number): string {
  const pairs = Object.entries(labels).map(([key, text]) => `${key}="${escaped(text)}"`);
  return `${name}${pairs.length > 0 ? `{${pairs.join(',')}}` : ''} ${value}\n`;
}

const escaped = (text: string) =>
  text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
