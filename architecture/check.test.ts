import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isTest, packageOf, violations } from './check.ts';
import { parseModules } from './parse.ts';

const exports = new Map([
  ['@skerry/kit', 'packages/kit/src/index.ts'],
  ['@skerry/contracts', 'packages/contracts/src/index.ts'],
  ['@skerry/agent', 'packages/agent/src/index.ts'],
]);

function check(sources: Record<string, string>): string[] {
  return violations(parseModules(new Map(Object.entries(sources))), exports);
}

function one(sources: Record<string, string>, expected: RegExp): void {
  const found = check(sources);
  assert.equal(found.length, 1, found.join('\n') || 'nothing was found');
  assert.match(found[0] ?? '', expected);
}

test('a house in order has no violations', () => {
  const sources = {
    'packages/kit/src/index.ts': 'export const sleep = setTimeout;',
    'packages/agent/src/main.ts':
      "import { readFileSync } from 'node:fs'; setTimeout(readFileSync, Date.now());",
    'packages/agent/src/plan/plan.ts':
      "import { sleep } from '@skerry/kit'; export const at = new Date(0); sleep();",
    'packages/agent/src/plan/plan.test.ts': "import '@skerry/testkit'; import 'node:fs'; Date.now();",
    'packages/agent/src/ports/disk.ts': "import 'node:fs'; Date.now();",
    'packages/hub/src/db/sqlite-thread.ts': "import 'node:fs';",
    'packages/hub/src/sites/service.ts': "import '../twins/read-model.ts'; import '../db/open.ts';",
    'packages/hub/src/sites/stats.ts': "import type { Stats } from 'node:fs';",
  };
  assert.deepEqual(check(sources), []);
});

test('the import table holds, for types and for relative paths too', () => {
  one(
    { 'packages/hub/src/a.ts': "import '@skerry/agent';" },
    /^packages\/hub\/src\/a\.ts:1 imports: hub may import contracts, kit, not agent; /,
  );
  one({ 'packages/hub/src/a.ts': "\nimport type { A } from '@skerry/sdk';" }, /a\.ts:2 imports: .* not sdk/);
  one(
    { 'packages/kit/src/a.ts': "import '../../agent/src/b.ts';" },
    /kit may import nothing of ours, not agent/,
  );
  one(
    { 'packages/cli/src/a.ts': "export * from '@skerry/testkit';" },
    /cli may import sdk, contracts, kit, not testkit/,
  );
  one(
    { 'packages/contracts/src/a.ts': "const a = import('@skerry/kit');" },
    /contracts may import nothing of ours/,
  );
});

test('code that runs imports nothing that exists for tests', () => {
  one(
    { 'packages/agent/src/a.ts': "import '@skerry/kit/testing';" },
    /a\.ts:1 tests: @skerry\/kit\/testing is for tests/,
  );
  one({ 'packages/agent/src/a.ts': "import './a.test.ts';" }, /tests: .*a\.test\.ts is for tests/);
  assert.deepEqual(check({ 'packages/agent/src/testing/a.ts': "import '@skerry/kit/testing';" }), []);
});

test('a feature of the hub reads another through its read model alone', () => {
  one(
    { 'packages/hub/src/sites/service.ts': "import '../twins/store.ts';" },
    /service\.ts:1 seams: sites may read twins through twins\/read-model\.ts alone/,
  );
  assert.deepEqual(
    check({ 'packages/hub/src/sites/service.ts': "import './store.ts'; import '../errors.ts';" }),
    [],
  );
  assert.deepEqual(check({ 'packages/hub/src/main.ts': "import './twins/store.ts';" }), []);
  assert.deepEqual(check({ 'packages/hub/src/installation/a.ts': "import '../projects/store.ts';" }), []);
});

const effectful = [
  'Date.now()',
  'new Date()',
  'setTimeout(f, 1)',
  'setInterval(f, 1)',
  'setImmediate(f)',
  'Math.random()',
  'crypto.randomUUID()',
  "import { randomUUID } from 'node:crypto'",
  "import { readFile } from 'node:fs/promises'",
  "import 'fs'",
  "import { setTimeout as sleep } from 'node:timers/promises'",
  "const fs = await import('node:fs')",
];

for (const text of effectful) {
  test(`an effect is found in agent and hub, and nowhere else: ${text}`, () => {
    one(
      { 'packages/agent/src/apply/a.ts': `\n\n${text}` },
      /^packages\/agent\/src\/apply\/a\.ts:3 effects: .* port.*, injected$/,
    );
    one({ 'packages/hub/src/a.ts': text }, /effects/);
    assert.deepEqual(check({ 'packages/runtime/src/a.ts': text }), []);
  });
}

test('a cycle is shown from file to file, across packages and by types alone too', () => {
  const sources = {
    'packages/kit/src/index.ts': "import type { B } from './b.ts';",
    'packages/kit/src/b.ts': "import './c.ts';",
    'packages/kit/src/c.ts': "import '@skerry/kit';",
    'packages/kit/src/d.ts': "import './c.ts';",
  };
  one(
    sources,
    /^packages\/kit\/src\/(\w+)\.ts cycles: packages\/kit\/src\/\1\.ts → .* → .* → packages\/kit\/src\/\1\.ts; move/,
  );
  one(
    { 'packages/kit/src/a.ts': "import './a.ts';" },
    /cycles: packages\/kit\/src\/a\.ts → packages\/kit\/src\/a\.ts/,
  );
});

test('a focused test is found, a word in a string is not', () => {
  one(
    { 'packages/kit/src/a.test.ts': "const a = '.only(';\ntest.only('x', f);" },
    /a\.test\.ts:2 tests: `test\.only` keeps/,
  );
});

test('files know their package and whether they are tests', () => {
  assert.equal(packageOf('packages/hub/src/a/b.ts'), 'hub');
  assert.equal(packageOf('e2e/a.ts'), 'e2e');
  assert.equal(packageOf('scripts/a.mjs'), undefined);
  assert.deepEqual(
    ['a/x.test.ts', 'a/store-suite.ts', 'a/testing/x.ts', 'a/latest.ts', 'a/x.ts'].map(isTest),
    [true, true, true, false, false],
  );
});
