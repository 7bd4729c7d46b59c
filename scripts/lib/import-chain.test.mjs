import assert from 'node:assert/strict';
import { test } from 'node:test';
import { importChain } from './import-chain.mjs';

const imports = (...paths) => ({ bytes: 1, imports: paths.map((path) => ({ path })) });
const inputs = {
  'a/main.ts': imports('a/x.ts', 'a/y.ts'),
  'a/x.ts': imports('a/y.ts', 'node_modules/shaken/index.js'),
  'a/y.ts': imports('node_modules/heavy/lib/index.js', 'native'),
};

function metafile(bytes, external = []) {
  const held = Object.fromEntries(
    Object.entries(bytes).map(([path, bytesInOutput]) => [path, { bytesInOutput }]),
  );
  const outputs = { 'd/main.mjs': { entryPoint: 'a/main.ts', inputs: held, imports: external } };
  return { inputs, outputs };
}

test('the shortest way from the entry to a package is named', () => {
  const chain = importChain(metafile({ 'node_modules/heavy/lib/index.js': 10 }), 'heavy');
  assert.deepEqual(chain, ['a/main.ts', 'a/y.ts', 'heavy']);
});

test('a package that stays outside counts as well', () => {
  const chain = importChain(metafile({}, [{ path: 'native', external: true }]), 'native');
  assert.deepEqual(chain, ['a/main.ts', 'a/y.ts', 'native']);
});

test('what was shaken out, or only has a similar name, is not in the bundle', () => {
  const held = metafile({ 'node_modules/shaken/index.js': 0, 'node_modules/heavy/lib/index.js': 10 });
  assert.equal(importChain(held, 'shaken'), undefined);
  assert.equal(importChain(held, 'heav'), undefined);
});
