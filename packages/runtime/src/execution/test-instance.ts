import { after } from 'node:test';
import { MessageChannel } from 'node:worker_threads';
import { type ModelSpec, modelSpec } from '@skerry/contracts';
import { nodeClock } from '@skerry/kit/node';
import { openOnnxEngine } from '../engines/onnx-engine.ts';
import { modelStats } from '../metrics/model-stats.ts';
import { signatureOf } from '../serving/signature.ts';
import type { Tensor } from '../tensors/tensor.ts';
import { instance } from './instance.ts';
import { instanceLoop } from './instance-loop.ts';
import { latencyTable, latencyTableBytes } from './latency-table.ts';
import type { FromInstance } from './protocol.ts';
import { type Job, seatAt } from './seat.ts';
import { sharedTime } from './shared-time.ts';
import { threadBoardBytes } from './thread-board.ts';
import { lazyWires } from './wires.ts';

export const testFile = (name: string) => new URL(`../../test/${name}`, import.meta.url).pathname;

/** An instance of a real model on the calling thread, and a seat that reaches it. Runs batches of `batch` rows. */
export async function testInstance(file: string, batch = 1, serving: ModelSpec['serving'] = {}) {
  const session = (await openOnnxEngine()).open(testFile(file));
  const { inputs, outputs, leftOut } = session;
  const spec = modelSpec.parse({ serving });
  const model = signatureOf({ name: 'tested', version: '1', spec, inputs, outputs, leftOut });
  const clock = nodeClock();
  const now = sharedTime(clock);
  const memory = new SharedArrayBuffer(latencyTableBytes(16));
  const table = latencyTable(memory);
  table.batch = batch;
  const stats = modelStats();
  const wires = lazyWires();
  await wires.load('rest');
  const instances = new Map();
  const { wake } = instanceLoop(instances, clock, now);
  const calling = <T>(call: () => T) => call();
  const tested = instance({ model, session, table, stats, clock, now, wires, wake, calling });
  instances.set(1, tested);
  const { port1, port2 } = new MessageChannel();
  tested.connect(port1);
  const link = { instance: 1, port: port2, thread: new SharedArrayBuffer(threadBoardBytes), table: memory };
  const seat = seatAt(link, now, () => {});
  after(() => seat.close('the test is over'));
  const send = (what: Job['what']) => {
    let id = 0;
    const answer = new Promise<FromInstance>((resolve, reject) => {
      const at = now();
      id = seat.send({ what, since: at, arrived: at }, (error, message) =>
        error ? reject(error) : resolve(message!),
      );
    });
    return { answer, cancel: () => seat.cancel(id) };
  };
  return {
    instance: tested,
    stats,
    seat,
    /** Sends tensors, and wants all outputs. */
    tensors: (feeds: readonly Tensor[]) => send({ kind: 'tensors', feeds, wanted: model.outputNames }),
    /** Sends a body of the Open Inference Protocol over REST. */
    body: (json: unknown) =>
      send({
        kind: 'body',
        wire: 'rest',
        bytes: Buffer.from(JSON.stringify(json)),
        headerLength: undefined,
        media: 'application/json',
      }),
  };
}
