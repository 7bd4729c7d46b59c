import assert from 'node:assert/strict';
import { test } from 'node:test';
import { didYouMean, nearest } from './nearest.ts';

test('suggests what was most likely meant, and nothing for what is far from all', () => {
  const known = ['models', 'pipelines', 'selector', 'apiVersion'];
  assert.equal(nearest('modles', known), 'models');
  assert.equal(nearest('pipelnies', known), 'pipelines');
  assert.equal(nearest('apiversion', known), 'apiVersion');
  assert.equal(nearest('zone', known), undefined);
  assert.equal(nearest('x', ['y']), undefined);
  assert.equal(nearest('x', []), undefined);
  assert.equal(didYouMean('selecter', known), ' (did you mean "selector"?)');
  assert.equal(didYouMean('zone', known), '');
});
