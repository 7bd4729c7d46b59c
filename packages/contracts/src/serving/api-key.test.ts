import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { apiKey, hashOfApiKey, nameOfApiKey } from './api-key.ts';

const secret = fc.uint8Array({ minLength: 32, maxLength: 32 });
const name = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);

it('names the entry that it belongs to, whatever the secret looks like', () => {
  fc.assert(fc.property(name, secret, (it, bytes) => assert.equal(nameOfApiKey(apiKey(it, bytes)), it)));
});

it('is no key with a letter more, less or elsewhere', () => {
  const key = apiKey('till-1', new Uint8Array(32));
  for (const other of [`${key}A`, key.slice(0, -1), ` ${key}`, key.replace('skerry_', 'other_'), ''])
    assert.equal(nameOfApiKey(other), undefined, other);
});

it('has a hash that changes with every byte of it', () => {
  const [one, other] = [apiKey('a', new Uint8Array(32)), apiKey('b', new Uint8Array(32))];
  assert.match(hashOfApiKey(one), /^sha256:[0-9a-f]{64}$/);
  assert.notEqual(hashOfApiKey(one), hashOfApiKey(other));
});
