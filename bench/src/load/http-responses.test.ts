import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { responseReader } from './http-responses.ts';

const bytes = Buffer.from(
  'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhelloHTTP/1.1 503 Busy\r\ncontent-length:0\r\nConnection: close\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}',
);

test('responses are the same however their bytes are cut', () => {
  const cuts = fc.array(fc.nat(bytes.length));
  fc.assert(
    fc.property(cuts, (at) => {
      const seen: string[] = [];
      const read = responseReader(({ status, body, last }) =>
        seen.push(`${status} ${body}${last ? ' last' : ''}`),
      );
      const edges = [0, ...at.sort((a, b) => a - b), bytes.length];
      for (let i = 1; i < edges.length; i++) read(bytes.subarray(edges[i - 1], edges[i]));
      assert.deepEqual(seen, ['200 hello', '503  last', '200 {}']);
    }),
  );
});

test('a response without a length is an error, not a hang', () => {
  const read = responseReader(() => {});
  assert.throws(() => read(Buffer.from('HTTP/1.1 200 OK\r\n\r\n')), /without Content-Length/);
});
