import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cpuMicros, pssMegabytes, pssOf } from './process-stat.ts';

const onLinux = { skip: process.platform === 'linux' ? false : 'reads /proc, which is Linux’s' };

test('CPU time grows with work', onLinux, () => {
  const before = cpuMicros(process.pid);
  const used = process.cpuUsage();
  while (process.cpuUsage(used).user < 20_000);
  const grown = cpuMicros(process.pid) - before;
  assert.ok(grown > 10_000, `${grown} µs`);
});

test('a living process has memory', onLinux, () => {
  const megabytes = pssMegabytes(process.pid);
  assert.ok(megabytes > 10 && megabytes < 2000, `${megabytes} MB`);
});

test('Pss is told from its parts', () => {
  assert.equal(pssOf('00400000-7ff\nRss:  2000 kB\nPss:  1000 kB\nPss_Dirty:  1 kB\n'), 1.024);
  assert.throws(() => pssOf('Rss: 1 kB\n'), /no Pss/);
});
