import type { Benchmark, Reading } from '../benchmark.ts';
import type { GrpcLoadOrder } from '../load/grpc-calls.ts';
import { writeInferRequest } from '../load/infer-message.ts';
import type { LoadResult } from '../load/load-result.ts';
import { type Helper, startHelper } from '../orders.ts';
import { cpuMicros } from '../process-stat.ts';
import { modelFolder } from '../sides/model-folder.ts';
import { startRuntime } from '../sides/runtime.ts';
import { startBareServer } from '../sides/start-sides.ts';
import { digits, inferMessage } from './cases.ts';

type Load = Helper<GrpcLoadOrder, LoadResult>;

/** The same core over gRPC, beside a server on the same library that only reads and answers. */
export const grpc: Benchmark = {
  name: 'serving-grpc',
  notes: [
    'gRPC: requests a second, 16 calls at a time over 4 clients of @grpc/grpc-js, beside a bare echo on the same library',
    '  that reads the same message and answers as many bytes. Those clients cost more than an echo, so they share the',
    '  limit; "at its limit" is by frames made once, where the server alone is the limit, and its CPU a request.',
  ],
  async open({ quick, stack }) {
    const forMs = quick ? 1_500 : 3_000;
    const clients: Load = stack.use(startHelper('load/grpc-client-child'));
    const raw: Load = stack.use(startHelper('load/grpc-raw-child'));
    const bare = stack.use(startBareServer('grpc'));
    const folder = stack.use(await modelFolder(digits));
    const { pid, grpcPort } = stack.use(await startRuntime(folder.path));
    const order = { request: writeInferRequest(inferMessage(digits)), clients: 4, calls: 16 };
    // The library, on both sides, is slow until it is compiled.
    const warmed = await clients.ask({ ...order, port: grpcPort, forMs: 3_000 });
    const servers = {
      runtime: { pid, port: grpcPort },
      'bare echo': { pid: bare.pid, port: await bare.ask(warmed.answer) },
    };
    await clients.ask({ ...order, port: servers['bare echo'].port, forMs: 3_000 });
    return async () => {
      const asked = await measureEach(servers, clients, { ...order, forMs });
      const limits = await measureEach(servers, raw, { ...order, forMs });
      const at = 'gRPC, digits_cnn, 16 calls';
      return [
        {
          name: `${at}: beside a bare echo`,
          unit: '×',
          goal: 0.75,
          bound: 'at least',
          value: shareOf(asked),
        },
        ...asked.map(({ server, rate }) => rateOf(`${at}: ${server}`, rate)),
        { name: `${at}, at its limit: beside a bare echo`, unit: '×', value: shareOf(limits) },
        ...limits.map(({ server, rate }) => rateOf(`${at}, at its limit: ${server}`, rate)),
        ...limits.map(({ server, cpu }) => ({
          name: `CPU a request, ${at}: ${server}`,
          unit: 'µs',
          value: cpu,
        })),
      ];
    };
  },
};

interface Measured {
  readonly server: string;
  readonly rate: number;
  /** µs of a request, of the server. */
  readonly cpu: number;
}

async function measureEach(
  servers: Readonly<Record<string, { readonly pid: number; readonly port: number }>>,
  load: Load,
  order: Omit<GrpcLoadOrder, 'port'>,
): Promise<Measured[]> {
  const measured: Measured[] = [];
  for (const [server, { pid, port }] of Object.entries(servers)) {
    const before = cpuMicros(pid);
    const { requests, requestsPerSecond } = await load.ask({ ...order, port });
    measured.push({ server, rate: requestsPerSecond, cpu: (cpuMicros(pid) - before) / requests });
  }
  return measured;
}

const shareOf = ([runtime, echo]: readonly Measured[]) => runtime!.rate / echo!.rate;

const rateOf = (name: string, value: number): Reading => ({ name: `requests, ${name}`, unit: '1/s', value });
