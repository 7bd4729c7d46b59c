import assert from 'node:assert/strict';
import { test } from 'node:test';
import { importChain } from './import-chain.mjs';

const now = (...paths) => paths.map((path) => ({ path, kind: 'import-statement' }));
const later = (...paths) => paths.map((path) => ({ path, kind: 'dynamic-import' }));
const bytes = (...paths) => Object.fromEntries(paths.map((path) => [path, { bytesInOutput: 10 }]));

const entry = 'a/main.ts';
const inputs = {
  [entry]: { imports: [...now('a/x.ts', 'a/y.ts'), ...later('a/lazy.ts')] },
  'a/x.ts': { imports: now('a/y.ts', 'node_modules/shaken/index.js') },
  'a/y.ts': { imports: now('node_modules/heavy/lib/index.js', 'native') },
  'a/lazy.ts': { imports: now('node_modules/patient/index.js') },
};
const outputs = {
  'd/main.mjs': {
    entryPoint: entry,
    inputs: { ...bytes(entry, 'a/x.ts'), 'node_modules/shaken/index.js': { bytesInOutput: 0 } },
    imports: [...now('d/chunk.mjs'), ...later('d/lazy.mjs')],
  },
  'd/chunk.mjs': {
    inputs: bytes('a/y.ts', 'node_modules/heavy/lib/index.js'),
    imports: [{ path: 'native', kind: 'import-statement', external: true }],
  },
  'd/lazy.mjs': { entryPoint: 'a/lazy.ts', inputs: bytes('node_modules/patient/index.js'), imports: [] },
};

const chain = (name, atStart = true) => importChain({ inputs, outputs }, [entry], name, atStart);

test('the shortest way from the entry to a package is named, through shared chunks too', () => {
  assert.deepEqual(chain('heavy'), [entry, 'a/y.ts', 'heavy']);
});

test('a package that stays outside counts as well', () => {
  assert.deepEqual(chain('native'), [entry, 'a/y.ts', 'native']);
});

test('what is loaded only where it is wanted counts if asked for', () => {
  assert.equal(chain('patient'), undefined);
  assert.deepEqual(chain('patient', false), [entry, 'a/lazy.ts', 'patient']);
});

test('what was shaken out, or only has a similar name, is not in the bundle', () => {
  assert.equal(chain('shaken'), undefined);
  assert.equal(chain('heav'), undefined);
});
