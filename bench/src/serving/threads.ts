import { availableParallelism } from 'node:os';
import type { Benchmark } from '../benchmark.ts';
import { chooseLoad } from '../load/choose-load.ts';
import { modelFolder } from '../sides/model-folder.ts';
import { inferPath, startRuntime } from '../sides/runtime.ts';
import { digits, jsonBody } from './cases.ts';

/** What more serving threads bring, on cores that they share with the load. */
export const threads: Benchmark = {
  name: 'serving-threads',
  notes: ['threads: requests a second at 16 connections, as many serving threads as cores beside one.'],
  async open({ quick, stack, say }) {
    const forMs = quick ? 1_000 : 3_000;
    const cores = availableParallelism();
    const load = await chooseLoad(stack, say);
    const folder = stack.use(await modelFolder(digits));
    const one = stack.use(await startRuntime(folder.path));
    const all = stack.use(await startRuntime(folder.path, ['--serving-threads', String(cores)]));
    const measure = ({ port }: { readonly port: number }, ms: number) =>
      load({ port, path: inferPath(digits.name), ...jsonBody(digits), connections: 16, forMs: ms });
    // Each thread compiles for itself.
    for (const runtime of [one, all]) await measure(runtime, 3_000);
    return async () => {
      const alone = await measure(one, forMs);
      const together = await measure(all, forMs);
      const at = 'digits_cnn, 16 connections';
      const unit = '1/s';
      return [
        {
          name: `${cores} serving threads beside one, ${at}`,
          unit: '×',
          goal: 1.4,
          bound: 'at least',
          value: together.requestsPerSecond / alone.requestsPerSecond,
        },
        { name: `requests, ${at}: one serving thread`, unit, value: alone.requestsPerSecond },
        { name: `requests, ${at}: ${cores} serving threads`, unit, value: together.requestsPerSecond },
      ];
    };
  },
};
