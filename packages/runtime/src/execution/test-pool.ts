import { type ModelSpec, modelSpec } from '@skerry/contracts';
import { silentLogger } from '@skerry/kit';
import { nodePorts } from '@skerry/kit/node';
import { modelStats } from '../metrics/model-stats.ts';
import type { Tensor } from '../tensors/tensor.ts';
import { remote } from './client.ts';
import { type InstancePoolOptions, instancePool } from './instance-pool.ts';
import { testFile } from './test-instance.ts';

/** A real pool, and versions of real models open on it with a remote of the calling thread's. */
export function testPool(options: Partial<InstancePoolOptions> = {}) {
  const ports = nodePorts();
  const pool = instancePool({ ...ports, logger: silentLogger, onGivenUp: () => {}, ...options });
  let last = 0;
  const open = async (file: string, serving: ModelSpec['serving'] = {}) => {
    const spec = modelSpec.parse({ serving });
    const order = { version: ++last, name: file, number: '1', file: testFile(file), spec };
    const version = await pool.open(order);
    const stats = modelStats();
    const to = remote({ name: file, spec, stats, clock: ports.clock, board: version.board });
    const stop = version.connect(to.change);
    const outputs = version.opened.signature.outputs.map(({ name }) => name);
    return {
      version,
      remote: to,
      stats,
      run: async (...feeds: Tensor[]) => (await to.run(feeds, outputs))[0]!.data,
      async close() {
        stop();
        to.close();
        await version.close();
      },
    };
  };
  return { pool, open };
}

/** Feeds of the fixture `loop.onnx`, which runs for as many turns. */
export const turns = (count: bigint): Tensor => ({
  datatype: 'INT64',
  shape: [1],
  data: BigInt64Array.of(count),
});
/** Turns for which a call does not come back in anyone's lifetime. */
export const FOR_EVER = 2n ** 62n;
