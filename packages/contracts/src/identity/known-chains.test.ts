import assert from 'node:assert/strict';
import { test } from 'node:test';
import { knownChains } from './known-chains.ts';

const chain = (n: number) => [Uint8Array.of(n), Uint8Array.of(1)];
const root = Uint8Array.of(9);

test('a chain that is shown again is not read again', () => {
  const read = knownChains(2);
  const first = read(chain(1), root);
  assert.ok('why' in first);
  assert.equal(read(chain(1), root), first);
  assert.notEqual(read(chain(1), Uint8Array.of(8)), first, 'another root is another question');
});

test('only the newest are remembered', () => {
  const read = knownChains(2);
  const first = read(chain(1), root);
  const second = read(chain(2), root);
  assert.equal(read(chain(1), root), first);
  read(chain(3), root);
  assert.equal(read(chain(1), root), first);
  assert.notEqual(read(chain(2), root), second);
});
