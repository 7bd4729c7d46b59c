import assert from 'node:assert/strict';
import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { isKey, signsFor } from './sound-key.ts';

const newKey = () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
};

test('a key signs for its own public half, and for no other', () => {
  const [one, other] = [newKey(), newKey()];
  assert.ok(isKey(one));
  assert.ok(signsFor(createPublicKey(one), one));
  assert.ok(!signsFor(createPublicKey(other), one));
  assert.ok(!isKey('nothing of the kind'));
});

test('a key whose private half has another bit is none, though its public half is whole', () => {
  const pem = newKey();
  const der = createPrivateKey(pem).export({ type: 'pkcs8', format: 'der' });
  // RFC 5915 §3: the 32 bytes of the private half follow the tag and length of an OCTET STRING.
  der[der.indexOf(Buffer.from([0x04, 0x20])) + 10]! ^= 1;
  const damaged = `-----BEGIN PRIVATE KEY-----\n${der.toString('base64')}\n-----END PRIVATE KEY-----\n`;
  assert.ok(createPublicKey(damaged).equals(createPublicKey(pem)));
  assert.ok(!isKey(damaged));
});
