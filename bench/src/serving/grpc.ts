import type { Benchmark } from '../benchmark.ts';
import type { LoadResult } from '../load/closed-loop.ts';
import type { GrpcLoadOrder } from '../load/grpc-load-child.ts';
import { writeInferRequest } from '../load/infer-message.ts';
import { startHelper } from '../orders.ts';
import { cpuMicros } from '../process-stat.ts';
import { startRuntime } from '../sides/runtime.ts';
import { startBareServer } from '../sides/start-sides.ts';
import { digits, inferMessage } from './cases.ts';

/** The same core over gRPC, beside a server on the same library that only reads and answers. */
export const grpc: Benchmark = {
  name: 'serving-grpc',
  notes: [
    'gRPC: requests a second, 16 calls at a time over 4 clients, beside a bare echo on @grpc/grpc-js that reads the',
    '  same message and answers as many bytes.',
  ],
  async open({ quick, stack }) {
    const forMs = quick ? 1_000 : 3_000;
    const load = stack.use(startHelper<GrpcLoadOrder, LoadResult>('load/grpc-load-child'));
    const bare = stack.use(startBareServer('grpc'));
    const runtime = stack.use(await startRuntime(digits.file));
    const order = { request: writeInferRequest(inferMessage(digits)), clients: 4, calls: 16 };
    const measure = async (pid: number, port: number, ms: number) => {
      const before = cpuMicros(pid);
      const result = await load.ask({ ...order, port, forMs: ms });
      return { ...result, cpu: (cpuMicros(pid) - before) / result.requests };
    };
    const { answer } = await measure(runtime.pid, runtime.grpcPort, 1_500);
    const barePort = await bare.ask(answer);
    await measure(bare.pid, barePort, 1_500);
    return async () => {
      const served = await measure(runtime.pid, runtime.grpcPort, forMs);
      const echo = await measure(bare.pid, barePort, forMs);
      const at = 'gRPC, digits_cnn, 16 calls';
      const share = served.requestsPerSecond / echo.requestsPerSecond;
      return [
        { name: `${at}: beside a bare echo`, unit: '×', goal: 0.75, bound: 'at least', value: share },
        { name: `requests, ${at}: runtime`, unit: '1/s', value: served.requestsPerSecond },
        { name: `requests, ${at}: bare echo`, unit: '1/s', value: echo.requestsPerSecond },
        { name: `CPU a request, ${at}: runtime`, unit: 'µs', value: served.cpu },
        { name: `CPU a request, ${at}: bare echo`, unit: 'µs', value: echo.cpu },
      ];
    };
  },
};
