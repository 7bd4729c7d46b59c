import assert from 'node:assert/strict';
import { test } from 'node:test';
import { coreReport } from '@skerry/contracts';
import { nodePorts } from '@skerry/kit/node';
import fc from 'fast-check';
import { parseCoreList } from './core-list.ts';
import { latencyOf, probeCores, reportOf } from './probe.ts';
import { threadStatus } from './thread-status.ts';

const ports = nodePorts();
const linux = process.platform === 'linux';

test('a list of cores is read as the kernel writes it', () => {
  assert.deepEqual(parseCoreList('0-2,4,6-7\n'), [0, 1, 2, 4, 6, 7]);
  assert.deepEqual(parseCoreList('3'), [3]);
  assert.deepEqual(parseCoreList(''), []);
});

test('every usable core is measured, and the thread is left where it was', { skip: !linux }, async () => {
  const { cores } = threadStatus('self');
  const report = coreReport.parse(await probeCores(ports, 100));
  assert.deepEqual(
    report.cores.map(({ core }) => core),
    cores,
  );
  assert.ok(cores.includes(report.quietest));
  for (const { p50Us, p99Us, longestUs } of report.cores) {
    assert.ok(p50Us > 0, 'no sleep ends on the dot');
    assert.ok(p50Us <= p99Us && p99Us <= longestUs);
  }
  assert.deepEqual(threadStatus('self').cores, cores);
});

test('without a way to pin, that is what is said', async () => {
  const spawn = () => Promise.reject(new Error('taskset is not installed'));
  const bare = { ...ports, processes: { ...ports.processes, spawn } };
  await assert.rejects(probeCores(bare, 100), { code: 'PinningUnavailable' });
});

test('figures of known waits', () => {
  const samples = [
    { overshootsUs: [60, 50, -1, 400], gapsUs: [100], busyMs: 1 },
    { overshootsUs: [], gapsUs: [900], busyMs: 1 },
  ];
  assert.deepEqual(latencyOf(3, samples), { core: 3, p50Us: 50, p99Us: 400, longestUs: 900, lost: 0.5 });
});

test('the quietest loses the least, whatever the order', () => {
  const latency = fc.record({
    core: fc.nat(),
    p50Us: fc.nat(),
    p99Us: fc.nat(9),
    longestUs: fc.nat(),
    lost: fc.constantFrom(0, 0.1, 0.2),
  });
  fc.assert(
    fc.property(fc.uniqueArray(latency, { minLength: 1, selector: ({ core }) => core }), (cores) => {
      const { quietest } = reportOf(cores);
      const best = cores.find(({ core }) => core === quietest)!;
      for (const { lost, p99Us } of cores)
        assert.ok(best.lost < lost || (best.lost === lost && best.p99Us <= p99Us));
    }),
  );
});
