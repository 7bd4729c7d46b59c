import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { decodeJoinToken, encodeJoinToken } from './join-token.ts';

const token = {
  addresses: ['https://hub.example.com:8443'],
  root: `sha256:${'ab'.repeat(32)}`,
  id: randomUUID(),
  secret: randomBytes(32).toString('base64url'),
};

describe('join token', () => {
  it('is one string, read with blanks around it', () => {
    assert.deepEqual(decodeJoinToken(` ${encodeJoinToken(token)}\n`), token);
    assert.match(encodeJoinToken(token), /^[\w.-]+$/);
  });

  it('is refused when cut anywhere', () => {
    const text = encodeJoinToken(token);
    for (let length = 0; length < text.length; length++)
      assert.equal(decodeJoinToken(text.slice(0, length)), undefined);
  });

  it('is refused when it is anything else', () => {
    fc.assert(fc.property(fc.string(), (text) => assert.equal(decodeJoinToken(text), undefined)));
    assert.equal(
      decodeJoinToken(encodeJoinToken({ ...token, addresses: ['http://hub.example.com'] })),
      undefined,
    );
  });
});
