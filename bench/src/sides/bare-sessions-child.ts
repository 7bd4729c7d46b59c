import { InferenceSession, Tensor } from 'onnxruntime-node';
import { answerOrders } from '../orders.ts';

/** Models to open once, each with an input of one row to run it with. */
export interface BareSessionsOrder {
  readonly models: readonly {
    readonly file: string;
    readonly input: string;
    readonly shape: readonly number[];
  }[];
}

process.env.ORT_DISABLE_TELEMETRY = '1';

// What the models alone take: their sessions, each run once, in a process that does nothing else.
const sessions: InferenceSession[] = [];

answerOrders(async ({ models }: BareSessionsOrder): Promise<number> => {
  for (const { file, input, shape } of models) {
    const session = await InferenceSession.create(file, { intraOpNumThreads: 1, interOpNumThreads: 1 });
    const size = shape.reduce((product, length) => product * length, 1);
    await session.run({ [input]: new Tensor('float32', new Float32Array(size), shape) });
    sessions.push(session);
  }
  return sessions.length;
});
