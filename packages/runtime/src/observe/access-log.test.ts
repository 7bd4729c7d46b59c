import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, it } from 'node:test';
import { silentLogger } from '@skerry/kit';
import { nodeClock, nodeDisk } from '@skerry/kit/node';
import { startTestServer } from '../serving/rest/test-server.ts';
import { until } from '../until.ts';
import { accessLog } from './access-log.ts';
import type { Call } from './call.ts';
import { openLineSink } from './line-sink.ts';

const folder = mkdtempSync(join(tmpdir(), 'access-'));
after(() => rmSync(folder, { recursive: true }));
const tools = { clock: nodeClock(), logger: silentLogger };
const linesOf = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

it('writes a line for each request, whatever became of it', async () => {
  const path = join(folder, 'access.log');
  const log = accessLog(await openLineSink(nodeDisk(), path), tools);
  const server = await startTestServer(['models/mlp_tiny.onnx'], { observer: log });
  const body = { inputs: [{ name: 'x', shape: [1, 16], datatype: 'FP32', data: Array(16).fill(1) }] };
  await server.infer('mlp_tiny', body);
  await server.infer('mlp_tiny', {});
  await server.call('/v2/"nowhere"?key=secret');
  await until(() => linesOf(`${readFileSync(path)}{}`).length === 4);
  await log.close();
  const text = readFileSync(path, 'utf8');
  assert.doesNotMatch(text, /secret/);
  const [good, bad, lost] = linesOf(text);
  const { method, status, model, version, protocol } = good;
  assert.deepEqual([protocol, method, status, model, version], ['http', 'POST', 200, 'mlp_tiny', '1']);
  assert.equal(good.path, '/v2/models/mlp_tiny/infer');
  assert.ok(good.duration >= good.infer && good.infer > 0 && good.queue === 0);
  assert.deepEqual([bad.status, bad.code], [400, 'InvalidRequest']);
  assert.deepEqual([lost.status, lost.model], [404, undefined]);
});

it('drops and counts what the sink is too slow for, and costs nobody a wait', async () => {
  const written: string[] = [];
  let goOn = () => {};
  const slow = {
    write: (bytes: Uint8Array) => {
      written.push(Buffer.from(bytes).toString());
      return new Promise<void>((resolve) => {
        goOn = resolve;
      });
    },
    close: async () => {},
  };
  const log = accessLog(slow, tools);
  const call = { ...emptyCall };
  log.closed(call);
  await until(() => written.length === 1);
  for (let i = 0; i < 20_000; i++) log.closed(call);
  const closed = log.close();
  await until(() => {
    goOn();
    return written.join('').includes('"dropped":11808');
  });
  const pushing = setInterval(() => goOn(), 1);
  await closed;
  clearInterval(pushing);
  assert.equal(linesOf(written.join('')).length, 1 + 8_192 + 1);
});

const emptyCall: Call = {
  protocol: 'http',
  client: '127.0.0.1',
  method: 'GET',
  path: '/',
  traceparent: undefined,
  beganAt: 0,
  durationMs: 1,
  status: 200,
  model: undefined,
  version: undefined,
  timing: undefined,
  code: undefined,
  trace: undefined,
};
