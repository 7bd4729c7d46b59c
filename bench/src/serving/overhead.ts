import type { Benchmark, Reading } from '../benchmark.ts';
import type { LoadOrder } from '../load/closed-loop.ts';
import { type Load, startLoad } from '../load/start-load.ts';
import { cpuMicros } from '../process-stat.ts';
import { modelFolder } from '../sides/model-folder.ts';
import { inferPath, type ServedRuntime, startRuntime } from '../sides/runtime.ts';
import { type BareOnnx, type BareServer, startBareOnnx, startBareServer } from '../sides/start-sides.ts';
import { type Case, digits, jsonBody, mlp } from './cases.ts';

/** What serving a request costs beyond what it cannot do without: an HTTP exchange (a) and the model (b). */
export const overhead: Benchmark = {
  name: 'serving-overhead',
  notes: [
    'overhead: the runtime with one serving thread, less (a), a bare node:http server that parses the same body and',
    '  answers as many bytes, less (b), session.run in a loop; each difference within one round.',
  ],
  async open({ quick, stack }) {
    const forMs = quick ? 600 : 2_000;
    const tools = {
      load: stack.use(startLoad()),
      bareHttp: stack.use(startBareServer('http')),
      bareOnnx: stack.use(startBareOnnx()),
    };
    const subjects: Subject[] = [];
    for (const one of [mlp, digits]) {
      const folder = stack.use(await modelFolder(one));
      subjects.push({ ...tools, one, runtime: stack.use(await startRuntime(folder.path)) });
    }
    for (const subject of subjects) await measureCase(subject, Math.min(forMs, 1_000));
    return async () => {
      const readings: Reading[] = [];
      for (const subject of subjects) readings.push(...(await measureCase(subject, forMs)));
      return readings;
    };
  },
};

interface Subject {
  readonly one: Case;
  readonly runtime: ServedRuntime;
  readonly load: Load;
  readonly bareHttp: BareServer;
  readonly bareOnnx: BareOnnx;
}

async function measureCase(subject: Subject, forMs: number): Promise<Reading[]> {
  const { one, runtime, bareHttp, bareOnnx } = subject;
  const bare = await bareOnnx.run(one, forMs / 3);
  const readings: Reading[] = [];
  for (const connections of [1, 16]) {
    const order = { path: inferPath(one.name), ...jsonBody(one), connections, forMs };
    const served = await costOf(subject, runtime.pid, { ...order, port: runtime.port });
    const port = await bareHttp.ask(served.answer);
    const http = await costOf(subject, bareHttp.pid, { ...order, port });
    const costs = { served, http, bare };
    readings.push(
      ...(connections === 1
        ? compare('p50', 'p50Micros', 20, `${one.name}, 1 connection`, costs)
        : compare('CPU a request', 'cpuMicros', 12, `${one.name}, 16 connections`, costs)),
    );
  }
  return readings;
}

type Part = 'cpuMicros' | 'p50Micros';
type Cost = Readonly<Record<Part, number>>;

function compare(
  what: string,
  part: Part,
  goal: number,
  at: string,
  costs: Readonly<Record<'served' | 'http' | 'bare', Cost>>,
): Reading[] {
  const [served, http, bare] = [costs.served[part], costs.http[part], costs.bare[part]];
  const unit = 'µs';
  return [
    { name: `${what} over (a)+(b), ${at}`, unit, goal, value: served - http - bare },
    { name: `${what}, ${at}: runtime`, unit, value: served },
    { name: `${what}, ${at}: (a)`, unit, value: http },
    { name: `${what}, ${at}: (b)`, unit, value: bare },
  ];
}

async function costOf({ load }: Subject, pid: number, order: LoadOrder) {
  const before = cpuMicros(pid);
  const { requests, p50Micros, answer } = await load.closed(order);
  return { cpuMicros: (cpuMicros(pid) - before) / requests, p50Micros, answer };
}
