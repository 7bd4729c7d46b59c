import { setTimeout as sleep } from 'node:timers/promises';
import type { Benchmark } from '../benchmark.ts';
import { latencyMs } from '../load/arrivals.ts';
import { startLoad } from '../load/start-load.ts';
import { modelFolder } from '../sides/model-folder.ts';
import { orderModel } from '../sides/repository.ts';
import { inferPath, startRuntime } from '../sides/runtime.ts';
import { binaryBody, digits, jsonBody, squeezenet } from './cases.ts';

/** What a model feels of another that is loaded beside it and then kept busy. */
export const neighbour: Benchmark = {
  name: 'serving-neighbour',
  notes: [
    'neighbour: digits_cnn (A) at 1,000 requests a second on a schedule; squeezenet1_1 (B) is loaded meanwhile, and then',
    '  asked on two connections without a pause, by a process that steps back behind the runtime (nice 15).',
  ],
  async open({ quick, stack }) {
    const forMs = quick ? 2_000 : 4_000;
    const load = stack.use(startLoad());
    const rival = stack.use(startLoad(15));
    const folder = stack.use(await modelFolder(digits, squeezenet));
    const runtime = stack.use(await startRuntime(folder.path));
    const { port } = runtime;
    const schedule = { perSecond: 1_000, connections: 64, forMs };
    const order = { port, path: inferPath(digits.name), ...jsonBody(digits), ...schedule };
    const hot = { port, path: inferPath(squeezenet.name), ...binaryBody(squeezenet), connections: 2 };
    await load.open(order);
    return async () => {
      await orderModel(port, squeezenet.name, 'unload');
      const alone = await load.open(order);
      const beside = load.open(order);
      await sleep(forMs / 8);
      await orderModel(port, squeezenet.name, 'load');
      const { requestsPerSecond } = await rival.closed({ ...hot, forMs: forMs / 2 });
      const [usual, shared] = [latencyMs(alone, 0.99), latencyMs(await beside, 0.99)];
      const at = 'digits_cnn';
      return [
        {
          name: `p99 beside a model that loads and runs hot, ${at}`,
          unit: '×',
          goal: 1.5,
          value: shared / usual,
        },
        { name: `p99, ${at}: alone`, unit: 'ms', value: usual },
        { name: `p99, ${at}: beside squeezenet1_1`, unit: 'ms', value: shared },
        { name: 'requests meanwhile, squeezenet1_1', unit: '1/s', value: requestsPerSecond },
      ];
    };
  },
};
