import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { modelSpec } from '@skerry/contracts';
import { silentLogger } from '@skerry/kit';
import { nodePorts } from '@skerry/kit/node';
import { modelStats, sumStats } from '../metrics/model-stats.ts';
import { restWire } from '../serving/rest/rest-wire.ts';
import { remote } from './client.ts';
import { instancePool } from './instance-pool.ts';

const ports = nodePorts();
const pool = instancePool({ ...ports, logger: silentLogger, onGivenUp: () => {} });
after(() => pool.stop());

test('a request goes through an instance thread as its bytes, and comes back answered', async () => {
  const spec = modelSpec.parse({});
  const file = new URL('../../test/models/digits_cnn.onnx', import.meta.url).pathname;
  const version = await pool.open({ version: 1, name: 'digits', number: '1', file, spec });
  const stats = modelStats();
  const to = remote({ name: 'digits', spec, stats, clock: ports.clock, board: version.board });
  version.connect((change) => {
    if (change.type === 'added') to.add(change.link);
    else to.lost(change.instance, change.why);
  });
  const body = {
    inputs: [{ name: 'image', shape: [1, 1, 8, 8], datatype: 'FP32', data: new Array(64).fill(0.5) }],
  };
  const answer = await new Promise<string>((resolve, reject) => {
    to.submit({
      wire: restWire,
      body: { bytes: Buffer.from(JSON.stringify(body)), headerLength: undefined, media: 'application/json' },
      done: (error, answer) => (error ? reject(error as Error) : resolve(answer!.text)),
    });
  });
  assert.equal(JSON.parse(answer).outputs[0].data.length, 10);
  assert.equal(to.pending, 0);
  to.close();
  await version.close();
  assert.equal(sumStats(version.stats).request.count, 1);
});
