import assert from 'node:assert/strict';
import { test } from 'node:test';
import { installedPackages, isAllowed, licenceProblems } from './licences.mjs';
import { root } from './root.mjs';

const allowed = ['MIT', 'Apache-2.0'];

test('an expression is allowed when one side of OR, or every side of AND, is', () => {
  const verdicts = {
    MIT: true,
    'GPL-3.0-only': false,
    '(MIT OR GPL-3.0-only)': true,
    'MIT AND GPL-3.0-only': false,
    'MIT AND Apache-2.0': true,
    'GPL-3.0-only OR MIT AND Apache-2.0': true,
    '(GPL-3.0-only OR MIT) AND Apache-2.0': true,
    '(GPL-3.0-only OR MIT) AND (LGPL-3.0-only)': false,
    'SEE LICENSE IN x': false,
  };
  for (const [expression, verdict] of Object.entries(verdicts)) {
    assert.equal(isAllowed(expression, allowed), verdict, expression);
  }
  assert.equal(isAllowed(undefined, allowed), false);
});

const agreement = {
  allowed,
  byName: { 'vips-*': { licence: 'LGPL-3.0-or-later', reason: 'loaded as a library' } },
};
const one = (name, licence) => ({ name, licence, version: '1.0.0', path: `node_modules/${name}` });

test('a package allowed by name is allowed under that licence alone', () => {
  assert.deepEqual(licenceProblems([one('vips-linux', 'LGPL-3.0-or-later'), one('a', 'MIT')], agreement), []);
  const [message, ...rest] = licenceProblems([one('vips-linux', 'AGPL-3.0-only')], agreement);
  assert.equal(rest.length, 0);
  assert.match(message, /vips-linux@1\.0\.0 .* under AGPL-3\.0-only; .*LGPL-3\.0-or-later only/);
});

test('an unknown licence and a missing one are named, with what to do', () => {
  const problems = licenceProblems([one('x', 'SSPL-1.0'), one('y', undefined)], agreement);
  assert.equal(problems.length, 2);
  assert.match(problems[0], /x@1\.0\.0 \(node_modules\/x\) is under SSPL-1\.0; .*add it to "byName"/);
  assert.match(problems[1], /y@1\.0\.0 .* no licence that it states/);
});

test('the packages of this project are found, each with a version', () => {
  const found = installedPackages(root);
  assert.ok(found.length > 50, `${found.length} found`);
  assert.ok(found.every(({ name, version }) => name && version));
  assert.ok(found.some(({ name }) => name === 'zod'));
  assert.ok(!found.some(({ name }) => name.startsWith('@skerry/')));
});
