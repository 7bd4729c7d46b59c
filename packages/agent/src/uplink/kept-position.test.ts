import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyStreamHash } from '@skerry/contracts';
import { silentLogger } from '@skerry/kit';
import type { Position } from '../state/state.ts';
import { keptPosition } from './kept-position.ts';

const saved: Position = {
  producer: 'runtime',
  stream: 'result',
  streamId: 's',
  epoch: 2,
  base: 10,
  acknowledged: 20,
  hash: emptyStreamHash,
  dropped: 0,
};

function open() {
  const written: Position[] = [];
  const disk = { isFull: true };
  const savePosition = (position: Position) => {
    if (disk.isFull) throw new Error('the disk is full');
    written.push(position);
  };
  return { kept: keptPosition({ savePosition }, saved, silentLogger), disk, written };
}

test('on a full disk what was delivered since is known all the same, and saved once there is room', () => {
  const { kept, disk, written } = open();
  const next = { ...saved, acknowledged: 30 };
  kept.keep(next);
  assert.equal(kept.now, next);
  disk.isFull = false;
  kept.saveAgain();
  kept.saveAgain();
  assert.deepEqual(written, [next]);
});

test('what a full disk must not forget is not gone on with', () => {
  const changes: Partial<Position>[] = [
    { epoch: 3 },
    { base: 12 },
    { acknowledged: 15, hash: 'a'.repeat(64) },
  ];
  for (const change of changes)
    assert.throws(() => open().kept.keep({ ...saved, ...change }), /full/, JSON.stringify(change));
});

test('nor, at a second try, with hashes that a hub that was set back does not have', () => {
  const { kept, disk, written } = open();
  kept.keep({ ...saved, acknowledged: 30 });
  const setBack = { ...saved, acknowledged: 25, hash: 'a'.repeat(64) };
  assert.throws(() => kept.keep(setBack), /full/);
  assert.throws(() => kept.keep({ ...setBack }), /full/);
  disk.isFull = false;
  kept.keep(setBack);
  disk.isFull = true;
  kept.keep({ ...setBack, acknowledged: 28 });
  assert.deepEqual(written, [setBack]);
});
