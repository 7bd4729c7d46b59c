import { InferenceSession, Tensor } from 'onnxruntime-node';
import { quantile } from '../judge.ts';
import { answerOrders } from '../orders.ts';

export interface BareOnnxOrder {
  readonly model: string;
  readonly input: string;
  readonly shape: readonly number[];
  readonly data: readonly number[];
  readonly forMs: number;
}

export interface BareOnnxResult {
  readonly cpuMicros: number;
  readonly p50Micros: number;
  readonly requestsPerSecond: number;
}

// As the runtime does; it counts from the first session on.
process.env.ORT_DISABLE_TELEMETRY = '1';

// Reference (b): ONNX Runtime as its users call it, `session.run` in a loop, with the threads that the runtime gives it.
const sessions = new Map<string, Promise<InferenceSession>>();

function sessionOf(model: string): Promise<InferenceSession> {
  const opened =
    sessions.get(model) ?? InferenceSession.create(model, { intraOpNumThreads: 1, interOpNumThreads: 1 });
  sessions.set(model, opened);
  return opened;
}

answerOrders(async ({ model, input, shape, data, forMs }: BareOnnxOrder): Promise<BareOnnxResult> => {
  const session = await sessionOf(model);
  const feeds = { [input]: new Tensor('float32', Float32Array.from(data), shape) };
  const micros: number[] = [];
  const before = process.cpuUsage();
  const deadline = performance.now() + forMs;
  for (let start = performance.now(); start < deadline; ) {
    await session.run(feeds);
    const now = performance.now();
    micros.push((now - start) * 1000);
    start = now;
  }
  const { user, system } = process.cpuUsage(before);
  const seconds = micros.reduce((sum, one) => sum + one, 0) / 1e6;
  return {
    cpuMicros: (user + system) / micros.length,
    p50Micros: quantile(micros, 0.5),
    requestsPerSecond: micros.length / seconds,
  };
});
