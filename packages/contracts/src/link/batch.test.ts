import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type BatchHeader, decodeBatch, encodeBatch, joinEvents, splitEvents } from './batch.ts';

const eventText = fc
  .dictionary(fc.string(), fc.jsonValue(), { maxKeys: 4 })
  .map((data) => JSON.stringify({ data }));

describe('batches', () => {
  it('give back every event’s own text, and are a JSON array', () => {
    fc.assert(
      fc.property(fc.array(eventText, { minLength: 1, maxLength: 8 }), (events) => {
        const body = joinEvents(events);
        assert.deepEqual(splitEvents(body), events);
        assert.deepEqual(
          JSON.parse(body),
          events.map((text) => JSON.parse(text)),
        );
      }),
    );
  });

  it('carry header and body', () => {
    const header: BatchHeader = {
      session: randomUUID(),
      producer: 'runtime',
      stream: 'result',
      epoch: 3,
      first: 7,
      count: 2,
    };
    const body = Uint8Array.of(1, 2, 3);
    const decoded = decodeBatch(encodeBatch(header, body));
    assert.deepEqual(decoded?.header, header);
    assert.deepEqual(Uint8Array.from(decoded.compressedBody), body);
  });

  it('are refused, not thrown over, when they are garbage', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => assert.equal(decodeBatch(bytes), undefined)),
    );
  });
});
