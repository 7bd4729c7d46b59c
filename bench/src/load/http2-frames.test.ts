import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Frame, frameBytes, frameReader, literalHeader } from './http2-frames.ts';

const frames = fc.array(
  fc.record({
    type: fc.nat(9),
    flags: fc.nat(255),
    stream: fc.nat(0x7fffffff),
    payload: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  }),
  { maxLength: 5 },
);

test('frames are read as they were written, however their bytes are cut', () => {
  fc.assert(
    fc.property(frames, fc.integer({ min: 1, max: 64 }), (written, size) => {
      const bytes = Buffer.concat(written.map(frameBytes));
      const read: Frame[] = [];
      const take = frameReader((frame) => read.push(frame));
      for (let at = 0; at < bytes.length; at += size) take(bytes.subarray(at, at + size));
      const plain = ({ type, flags, stream, payload }: Frame) => [
        type,
        flags,
        stream,
        payload.toString('hex'),
      ];
      assert.deepEqual(read.map(plain), written.map(plain));
    }),
  );
});

test('a header is a literal that no table holds', () => {
  assert.equal(literalHeader('te', 'x').toString('hex'), '000274650178');
  assert.throws(() => literalHeader('x', 'y'.repeat(127)), /too long/);
});
