import type { Benchmark } from '../benchmark.ts';
import { inTime, tally } from '../load/arrivals.ts';
import { startLoad } from '../load/start-load.ts';
import { inferPath, startRuntime } from '../sides/runtime.ts';
import { binaryBody, mobilenet } from './cases.ts';

const deadlineMs = 50;

/** Three times as many requests as can be served: what is served then, and whether in time. */
export const overload: Benchmark = {
  name: 'serving-overload',
  notes: [
    'overload: mobilenet_v3_small binary with a deadline of 50 ms in each request, arrivals on a schedule at three times',
    '  the best rate (4 connections, one request at a time on each); goodput: answers 200 within the deadline, counted',
    '  from the time when the request was due.',
  ],
  async open({ quick, stack }) {
    const forMs = quick ? 1_500 : 4_000;
    const load = stack.use(startLoad());
    // One for each, since what clients may wait for is learned from those before.
    const start = async () => stack.use(await startRuntime(mobilenet.file)).port;
    const post = { path: inferPath(mobilenet.name), ...binaryBody(mobilenet) };
    const patient = { ...post, port: await start(), connections: 4 };
    const withDeadline = binaryBody(mobilenet, { timeout: deadlineMs * 1000 });
    const urgent = { ...post, ...withDeadline, port: await start(), connections: 512 };
    for (const { port } of [patient, urgent]) await load.closed({ ...patient, port, forMs: 1_500 });
    return async () => {
      const best = (await load.closed({ ...patient, forMs })).requestsPerSecond;
      const arrivals = await load.open({ ...urgent, perSecond: 3 * best, forMs });
      const { good } = tally(arrivals);
      const within = inTime(arrivals, deadlineMs);
      const goodput = (within * 1000) / forMs;
      const at = 'mobilenet_v3_small at 3× capacity';
      return [
        {
          name: `goodput beside the best, ${at}`,
          unit: '×',
          goal: 0.85,
          bound: 'at least',
          value: goodput / best,
        },
        {
          name: `accepted within their deadline, ${at}`,
          unit: '%',
          goal: 99.9,
          bound: 'at least',
          value: (100 * within) / good,
        },
        { name: `goodput, ${at}`, unit: '1/s', value: goodput },
        { name: 'the best, mobilenet_v3_small, 4 connections', unit: '1/s', value: best },
      ];
    };
  },
};
