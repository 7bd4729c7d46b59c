import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, it } from 'node:test';
import { silentLogger } from '@skerry/kit';
import { nodeClock } from '@skerry/kit/node';
import { startTestServer } from '../serving/rest/test-server.ts';
import { openTraces } from './tracer.ts';

interface SentSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly { key: string; value: Record<string, unknown> }[];
}

/** What a collector was sent. */
const received: SentSpan[] = [];
const collector = createServer(async (request, response) => {
  const body = JSON.parse(Buffer.concat(await request.toArray()).toString());
  if (request.url === '/v1/traces')
    for (const { scopeSpans } of body.resourceSpans)
      for (const { spans } of scopeSpans) received.push(...spans);
  response.end('{}');
});
collector.listen(0, '127.0.0.1');
await once(collector, 'listening');
after(() => collector.close());

const options = { ratio: 1, version: '0', clock: nodeClock(), logger: silentLogger };
const endpoint = `http://127.0.0.1:${(collector.address() as AddressInfo).port}/`;

it('sends a span for a request and one for each part of it, in the trace of the caller', async () => {
  const traces = openTraces({ ...options, endpoint });
  const server = await startTestServer(['models/mlp_tiny.onnx'], { observer: traces });
  const [traceId, callerId] = ['0af7651916cd43dd8448eb211c80319c', 'b7ad6b7169203331'];
  const x = { name: 'x', shape: [1, 16], datatype: 'FP32', data: Array(16).fill(1) };
  const answer = await server.call('/v2/models/mlp_tiny/infer', {
    method: 'POST',
    body: JSON.stringify({ inputs: [x] }),
    headers: { traceparent: `00-${traceId}-${callerId}-01` },
  });
  const untraced = { headers: { traceparent: `00-${traceId}-${callerId}-00` } };
  await server.call('/v2/health/live', untraced);
  await server.call('/v2/nowhere');
  await server.drain();
  await traces.close();

  const own = received.filter((span) => span.traceId === traceId);
  const root = own.find(({ parentSpanId }) => parentSpanId === callerId)!;
  assert.equal(root.name, 'POST /v2/models/mlp_tiny/infer');
  assert.equal(answer.headers.get('traceparent'), `00-${traceId}-${root.spanId}-01`);
  const parts = own.filter(({ parentSpanId }) => parentSpanId === root.spanId);
  assert.deepEqual(
    parts.map(({ name }) => name),
    ['queue', 'input', 'infer', 'output'],
  );
  assert.equal(own.length, 5);
  for (const { startTimeUnixNano, endTimeUnixNano } of parts)
    assert.ok(BigInt(startTimeUnixNano) <= BigInt(endTimeUnixNano));
  const attributes = Object.fromEntries(
    root.attributes.map(({ key, value }) => [key, Object.values(value)[0]]),
  );
  assert.equal(attributes['skerry.model.name'], 'mlp_tiny');
  assert.equal(Number(attributes['http.response.status_code']), 200);
  const others = received.filter((span) => span.traceId !== traceId);
  assert.deepEqual(
    others.map(({ name }) => name),
    ['GET'],
  );
});

it('serves on where there is no collector', async () => {
  const traces = openTraces({ ...options, endpoint: 'http://127.0.0.1:9' });
  const server = await startTestServer(['models/mlp_tiny.onnx'], { observer: traces });
  const { status, headers } = await server.call('/v2/health/live');
  assert.equal(status, 200);
  assert.match(headers.get('traceparent')!, /^00-[\da-f]{32}-[\da-f]{16}-01$/);
  await traces.close();
});
