import assert from 'node:assert/strict';
import { test } from 'node:test';
import { benchmarksOf, names } from './suites.ts';

test('every name runs something, none twice', () => {
  assert.equal(new Set(names).size, names.length);
  for (const name of names) assert.ok(benchmarksOf(name, { withPeers: true }).length > 0, name);
  assert.deepEqual(benchmarksOf('nothing', { withPeers: true }), []);
});

test('serving runs all of its rows, and the peers where they are wanted', () => {
  const rows = (withPeers: boolean) => benchmarksOf('serving', { withPeers }).map(({ name }) => name);
  const own = names.filter((name) => name.startsWith('serving-'));
  assert.deepEqual(rows(true).toSorted(), own.toSorted());
  assert.deepEqual(
    rows(true).filter((name) => !rows(false).includes(name)),
    ['serving-peers'],
  );
});
