import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { it } from 'node:test';
import type { ServingVersion } from '../models/directory.ts';
import { family, histogramFamily } from './exposition.ts';
import { histogram } from './histogram.ts';
import { modelMetrics, tritonMetrics } from './model-metrics.ts';
import { modelStats } from './model-stats.ts';
import { processMetrics } from './process-metrics.ts';

const stats = modelStats();
for (const us of [7, 70, 700, 20_000_000]) stats.compute.record(us);
stats.ran(8, 50);
stats.answered({ queueUs: 0, inputUs: 20, inferUs: 50, outputUs: 20 }, 1);
for (let times = 0; times < 2; times++) stats.failed('OTHER', 5);
const placement = { execution: 'inline', reason: '' } as const;
const version = {
  name: 'we"ird\\\n',
  version: '1',
  placement,
  stats: () => stats,
  pending: () => 3,
  restarts: () => 1,
} as unknown as ServingVersion;
const models = new Map([[version.name, { versions: [version], aliases: {} }]]);
const text = modelMetrics(models) + processMetrics({ memoryBytes: 1e8, cpuSeconds: 1.25 });

it('writes one head a metric and one line a sample', () => {
  assert.equal(
    family('skerry_things_total', 'counter', 'Things.', [
      [{ a: 'x', b: 'y' }, 1],
      [{}, 2.5],
    ]),
    '# HELP skerry_things_total Things.\n# TYPE skerry_things_total counter\n' +
      'skerry_things_total{a="x",b="y"} 1\nskerry_things_total 2.5\n',
  );
  assert.equal(family('skerry_things_total', 'counter', 'Things.', []), '');
});

it('writes buckets that only grow and end in the count', () => {
  const one = histogram();
  for (let us = 1; us < 1e8; us *= 1.7) one.record(us);
  const lines = histogramFamily('h', 'Help.', [[{ m: 'x' }, one]])
    .trim()
    .split('\n')
    .slice(2);
  const counts = lines.slice(0, -2).map((line) => Number(line.split(' ')[1]));
  assert.deepEqual(
    counts,
    counts.toSorted((a, b) => a - b),
  );
  assert.equal(lines.at(-3), `h_bucket{m="x",le="+Inf"} ${one.count}`);
  assert.equal(lines.at(-1), `h_count{m="x"} ${one.count}`);
});

it('is the exposition format: every line a comment or a sample, every name declared once', () => {
  const names = new Set<string>();
  for (const line of text.trimEnd().split('\n')) {
    const [, type] = /^# TYPE ([a-z_]+) (?:counter|gauge|histogram|untyped)$/.exec(line) ?? [];
    if (type) {
      assert.ok(!names.has(type), type);
      names.add(type);
    } else if (!line.startsWith('# HELP ')) {
      const [, name] = /^([a-z_]+)(?:\{(?:[a-z]+="(?:[^"\\]|\\[\\"n])*",?)+\})? [0-9.e+-]+$/.exec(line) ?? [];
      assert.ok((name && names.has(name.replace(/_(bucket|sum|count)$/, ''))) || names.has(name!), line);
    }
  }
  assert.match(text, /nv_inference_count\{model="we\\"ird\\\\\\n",version="1"\} 8\n/);
  assert.match(text, /nv_inference_request_failure\{.*reason="OTHER"\} 2\n/);
});

it("has Triton's own names and types beside it", () => {
  assert.match(
    tritonMetrics(models),
    /# TYPE nv_inference_request_duration_us counter\nnv_inference_request_duration_us\{.*\} 90\n/,
  );
});

const promtool = spawnSync('promtool', ['--version']).error === undefined;
it('satisfies promtool', { skip: promtool ? false : 'promtool is not installed' }, () => {
  const checked = spawnSync('promtool', ['check', 'metrics'], { input: text });
  assert.equal(checked.status, 0, `${checked.stderr}${checked.stdout}`);
});
