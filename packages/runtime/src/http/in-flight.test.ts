import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { bodyMemory } from './body-memory.ts';
import { inFlight } from './in-flight.ts';

it('lets in as much as the limit says, or one that is larger', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 12 })), (sizes) => {
      const bodies = inFlight(10);
      const inside: number[] = [];
      for (const size of sizes) {
        const all = inside.reduce((sum, one) => sum + one, 0);
        try {
          bodies.enter(size);
          inside.push(size);
          assert.ok(all === 0 || all + size <= 10);
        } catch (error) {
          assert.match(
            (error as Error).message,
            /large bodies of \d+ bytes are on their way; 10 is the limit/,
          );
          assert.ok(all + size > 10);
          bodies.leave(inside.shift()!);
        }
      }
    }),
  );
});

it('gives memory of the length wanted, aligned where it is wanted, and takes it back for the next', () => {
  const sizes = fc.record({ length: fc.integer({ min: 1, max: 1_000_000 }), alignedAt: fc.nat(5_000) });
  fc.assert(
    fc.property(fc.array(sizes, { maxLength: 8 }), (wanted) => {
      const memory = bodyMemory();
      const seen = new Set<ArrayBufferLike>();
      for (const { length, alignedAt } of wanted) {
        const [one, other] = [memory.take(length, alignedAt), memory.take(length, alignedAt)];
        assert.notEqual(one.buffer, other.buffer);
        for (const body of [one, other]) {
          assert.equal(body.length, length);
          assert.equal((body.byteOffset + alignedAt) % 8, 0);
          seen.add(body.buffer);
        }
        memory.give(one.buffer as ArrayBuffer);
        assert.equal(memory.take(length, alignedAt).buffer, one.buffer);
      }
    }),
  );
});
