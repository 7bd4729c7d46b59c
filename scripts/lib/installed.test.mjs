import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isInstalled } from './installed.mjs';

const lock = {
  packages: {
    '': { version: '0.1.0' },
    'node_modules/a': { version: '1.0.0', integrity: 'sha512-a' },
    'node_modules/ours': { link: true, resolved: 'packages/ours' },
    'node_modules/other-platform': { version: '2.0.0', integrity: 'sha512-o', optional: true },
  },
};

function present(change = {}) {
  const { '': _root, 'node_modules/other-platform': _skipped, ...packages } = lock.packages;
  return { packages: { ...packages, ...change } };
}

test('what npm left out for another platform is not missing', () => {
  assert.equal(isInstalled(lock, present()), true);
});

test('nothing installed, or an install that was cut off, is not installed', () => {
  assert.equal(isInstalled(lock, undefined), false);
  assert.equal(isInstalled(lock, {}), false);
});

test('another version, another content, a missing and a surplus package each ask for an install', () => {
  const changes = [
    { 'node_modules/a': { version: '1.0.1', integrity: 'sha512-a' } },
    { 'node_modules/a': { version: '1.0.0', integrity: 'sha512-b' } },
    { 'node_modules/a': undefined },
    { 'node_modules/surplus': { version: '1.0.0' } },
    { 'node_modules/ours': { version: '0.1.0' } },
  ];
  for (const change of changes)
    assert.equal(isInstalled(lock, present(change)), false, JSON.stringify(change));
});
