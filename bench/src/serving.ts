import { join } from 'node:path';
import { projectFolder } from '@skerry/testkit';
import type { BareOnnxOrder, BareOnnxResult } from './bare-onnx-child.ts';
import type { Benchmark, Reading } from './benchmark.ts';
import type { LoadOrder, LoadResult } from './load.ts';
import { type Helper, startHelper } from './orders.ts';
import { cpuMicros } from './process-stat.ts';
import { type ServedRuntime, serveModel } from './served-runtime.ts';

/** A model, and a request of one row of it. */
interface Case {
  readonly name: string;
  readonly file: string;
  readonly input: string;
  readonly shape: readonly number[];
}

const cases: readonly Case[] = [
  { name: 'mlp_tiny', file: 'bench/models/mlp_tiny.onnx', input: 'x', shape: [1, 16] },
  {
    name: 'digits_cnn',
    file: 'examples/meter-reading/model/digits_cnn.onnx',
    input: 'image',
    shape: [1, 1, 8, 8],
  },
];

const connectionCounts = [1, 16] as const;

/** What serving a request costs beyond what it cannot do without: an HTTP exchange (a) and the model (b). */
export const serving: Benchmark = {
  name: 'serving',
  notes: [
    '(a) a bare node:http server that parses the same body and answers as many bytes; (b) session.run in a loop.',
    'Each value is the runtime less (a) less (b), measured in the same round.',
  ],
  async open({ quick, stack }) {
    const forMs = quick ? 600 : 2_000;
    const load = stack.use(startHelper<LoadOrder, LoadResult>('load-child'));
    const bareHttp = stack.use(startHelper<string, number>('bare-http-child'));
    const bareOnnx = stack.use(startHelper<BareOnnxOrder, BareOnnxResult>('bare-onnx-child'));
    const subjects: Subject[] = [];
    for (const one of cases) {
      const runtime = stack.use(await serveModel(join(projectFolder, one.file)));
      subjects.push({ ...one, runtime, load, bareHttp, bareOnnx });
    }
    for (const subject of subjects) await measureCase(subject, Math.min(forMs, 1_000));
    return async () => {
      const readings: Reading[] = [];
      for (const subject of subjects) readings.push(...(await measureCase(subject, forMs)));
      return readings;
    };
  },
};

interface Subject extends Case {
  readonly runtime: ServedRuntime;
  readonly load: Helper<LoadOrder, LoadResult>;
  readonly bareHttp: Helper<string, number>;
  readonly bareOnnx: Helper<BareOnnxOrder, BareOnnxResult>;
}

interface Cost {
  readonly cpuMicros: number;
  readonly p50Micros: number;
  readonly answer: string;
}

async function measureCase(subject: Subject, forMs: number): Promise<Reading[]> {
  const { name, runtime, bareHttp, bareOnnx } = subject;
  const bare = await bareOnnx.ask({ ...onnxOrder(subject), forMs: forMs / 3 });
  const readings: Reading[] = [];
  for (const connections of connectionCounts) {
    const order = { path: runtime.path, body: bodyOf(subject), connections, forMs };
    const served = await costOf(subject, runtime.pid, { ...order, port: runtime.port });
    const port = await bareHttp.ask(served.answer);
    const http = await costOf(subject, bareHttp.pid, { ...order, port });
    const at = `${name}, ${connections} connection${connections === 1 ? '' : 's'}`;
    readings.push(...compare('CPU a request', 'cpuMicros', 25, at, { served, http, bare }));
    if (connections === 1) readings.push(...compare('p50', 'p50Micros', 50, at, { served, http, bare }));
  }
  return readings;
}

type Part = 'cpuMicros' | 'p50Micros';
type Compared = Record<'served' | 'http' | 'bare', Readonly<Record<Part, number>>>;

function compare(what: string, part: Part, goal: number, at: string, costs: Compared): Reading[] {
  const [served, http, bare] = [costs.served[part], costs.http[part], costs.bare[part]];
  const unit = 'µs';
  return [
    { name: `${what} over (a)+(b), ${at}`, unit, goal, value: served - http - bare },
    { name: `${what}, ${at}: runtime`, unit, value: served },
    { name: `${what}, ${at}: (a)`, unit, value: http },
    { name: `${what}, ${at}: (b)`, unit, value: bare },
  ];
}

async function costOf({ load }: Subject, pid: number, order: LoadOrder): Promise<Cost> {
  const before = cpuMicros(pid);
  const { requests, p50Micros, answer } = await load.ask(order);
  return { cpuMicros: (cpuMicros(pid) - before) / requests, p50Micros, answer };
}

function valuesOf({ shape }: Case): number[] {
  const size = shape.reduce((product, length) => product * length, 1);
  return Array.from({ length: size }, (_, i) => (i % 17) / 16);
}

function bodyOf(one: Case): string {
  const { input: name, shape } = one;
  return JSON.stringify({ inputs: [{ name, shape, datatype: 'FP32', data: valuesOf(one) }] });
}

function onnxOrder(one: Case): Omit<BareOnnxOrder, 'forMs'> {
  return { model: join(projectFolder, one.file), input: one.input, shape: one.shape, data: valuesOf(one) };
}
