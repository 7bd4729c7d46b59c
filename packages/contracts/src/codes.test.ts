import assert from 'node:assert/strict';
import { it } from 'node:test';
import { codeOfProblem, codes, findCode, problemType } from './codes.ts';

it('says for every code what it means and what to do', () => {
  for (const [name, code] of Object.entries(codes)) {
    assert.match(name, /^[A-Z][A-Za-z]+$/);
    for (const text of [code.title, code.meaning, code.next]) assert.ok(text.length > 3, name);
    assert.ok(code.meaning.endsWith('.') && code.next.endsWith('.'), `${name} ends its sentences`);
  }
});

it('is found in the type of a problem', () => {
  assert.equal(codeOfProblem(problemType('NotFound')), 'NotFound');
  assert.equal(codeOfProblem('about:blank'), undefined);
  assert.equal(findCode('toString'), undefined);
});
