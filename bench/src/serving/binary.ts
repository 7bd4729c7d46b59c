import type { Benchmark } from '../benchmark.ts';
import { startLoad } from '../load/start-load.ts';
import { modelFolder } from '../sides/model-folder.ts';
import { inferPath, startRuntime } from '../sides/runtime.ts';
import { startBareOnnx, startBareServer } from '../sides/start-sides.ts';
import { binaryBody, mobilenet } from './cases.ts';

/** A large body and a larger model: what the way to an instance and back adds. */
export const binary: Benchmark = {
  name: 'serving-binary',
  notes: [
    'binary: mobilenet_v3_small with one instance, 600 KB of binary tensor a request; (b) session.run in a loop;',
    '  (c) a bare node:http server that receives the body into one reused buffer and answers as many bytes.',
  ],
  async open({ quick, stack }) {
    const forMs = quick ? 1_000 : 3_000;
    const load = stack.use(startLoad());
    const bareBody = stack.use(startBareServer('body'));
    const bareOnnx = stack.use(startBareOnnx());
    const folder = stack.use(await modelFolder({ ...mobilenet, serving: { instances: 1 } }));
    const runtime = stack.use(await startRuntime(folder.path));
    const post = { path: inferPath(mobilenet.name), ...binaryBody(mobilenet) };
    const measure = (port: number, connections: number, ms: number) =>
      load.closed({ ...post, port, connections, forMs: ms });
    const { answer } = await measure(runtime.port, 1, 1_500);
    const barePort = await bareBody.ask(answer);
    await measure(barePort, 1, 1_000);
    return async () => {
      const model = await bareOnnx.run(mobilenet, forMs);
      const body = await measure(barePort, 1, forMs);
      const single = await measure(runtime.port, 1, forMs);
      const four = await measure(runtime.port, 4, forMs);
      const p50 = { unit: 'ms', at: 'mobilenet_v3_small binary, 1 connection' };
      const over = single.p50Micros - model.p50Micros - body.p50Micros;
      const rate = four.requestsPerSecond / model.requestsPerSecond;
      return [
        { name: `p50 over (b)+(c), ${p50.at}`, unit: p50.unit, goal: 0.1, value: over / 1000 },
        { name: `p50, ${p50.at}: runtime`, unit: p50.unit, value: single.p50Micros / 1000 },
        { name: `p50, ${p50.at}: (b)`, unit: p50.unit, value: model.p50Micros / 1000 },
        { name: `p50, ${p50.at}: (c)`, unit: p50.unit, value: body.p50Micros / 1000 },
        {
          name: 'requests beside (b), mobilenet_v3_small binary, 4 connections, 1 instance',
          unit: '×',
          goal: 0.85,
          bound: 'at least',
          value: rate,
        },
        { name: 'requests, the same: runtime', unit: '1/s', value: four.requestsPerSecond },
        { name: 'requests, the same: (b)', unit: '1/s', value: model.requestsPerSecond },
      ];
    };
  },
};
