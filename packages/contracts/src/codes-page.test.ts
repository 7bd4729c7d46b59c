import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';
import { codes } from './codes.ts';
import { codesPage } from './codes-page.ts';

it('is what docs/codes.md shows (write it anew: npm run -s codes-page > docs/codes.md)', () => {
  const page = readFileSync(new URL('../../../docs/codes.md', import.meta.url), 'utf8');
  assert.equal(page, codesPage(codes));
});
