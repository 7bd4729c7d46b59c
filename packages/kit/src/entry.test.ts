import assert from 'node:assert/strict';
import { test } from 'node:test';
import { entryUrl } from './entry.ts';

const cases = [
  ['./cut-child.ts', 'packages/runtime/src/models/cut-child.ts', 'dist/runtime/cut-child.mjs'],
  ['../db/sqlite-thread.ts', 'packages/runtime/src/db/sqlite-thread.ts', 'dist/runtime/sqlite-thread.mjs'],
  ['../../../hub/src/main.ts', 'packages/hub/src/main.ts', 'dist/hub/main.mjs'],
] as const;

for (const [path, source, built] of cases) {
  test(`${path} is found from sources and from the build`, () => {
    assert.equal(
      entryUrl('file:///p/packages/runtime/src/models/accept.ts', path).href,
      `file:///p/${source}`,
    );
    assert.equal(entryUrl('file:///p/dist/runtime/chunk-AB12.mjs', path).href, `file:///p/${built}`);
  });
}
