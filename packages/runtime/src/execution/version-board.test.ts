import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { versionBoard, versionBoardBytes } from './version-board.ts';

test('lets in up to the limit, all threads together, and forgets what has left', () => {
  const step = fc.record({ thread: fc.nat(1), bytes: fc.nat(5000), leaves: fc.boolean() });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5 }), fc.array(step), (limit, steps) => {
      const memory = new SharedArrayBuffer(versionBoardBytes);
      const threads = [versionBoard(memory, limit), versionBoard(memory, limit)];
      const inside: number[] = [];
      for (const { thread, bytes, leaves } of steps) {
        const board = threads[thread]!;
        if (leaves && inside.length > 0) board.leave(inside.pop()!);
        else {
          assert.equal(board.hasRoom(bytes), inside.length < limit);
          assert.equal(board.enter(bytes), inside.length < limit);
          if (inside.length < limit) inside.push(bytes);
        }
        assert.equal(board.pending, inside.length);
      }
    }),
  );
});

test('bodies that wait fill no more memory than is set, one of any size aside', () => {
  const board = versionBoard(new SharedArrayBuffer(versionBoardBytes), 100);
  const large = 60 * 1024 * 1024;
  assert.equal(board.enter(2 * large), true);
  assert.equal(board.enter(1), false);
  board.leave(2 * large);
  assert.deepEqual([board.enter(large), board.enter(large), board.enter(1024)], [true, false, true]);
});
