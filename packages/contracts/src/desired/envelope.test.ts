import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { describe, it } from 'node:test';
import { openEnvelope, preAuthenticationEncoding, signEnvelope } from './envelope.ts';

const pair = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });
const payload = Buffer.from('hello world');
const type = 'http://example.com/HelloWorld';

describe('DSSE envelope', () => {
  it('encodes as the specification’s example does', () => {
    assert.equal(
      Buffer.from(preAuthenticationEncoding(type, payload)).toString(),
      'DSSEv1 29 http://example.com/HelloWorld 11 hello world',
    );
  });

  it('opens with the signer’s key alone, and only as the type that was signed', () => {
    const { privateKey, publicKey } = pair();
    const envelope = signEnvelope(type, payload, privateKey);
    assert.deepEqual(openEnvelope(envelope, type, publicKey), payload);
    assert.equal(openEnvelope(envelope, type, pair().publicKey), undefined);
    assert.equal(openEnvelope(envelope, 'another/type', publicKey), undefined);
    assert.equal(
      openEnvelope({ ...envelope, payloadType: 'another/type' }, 'another/type', publicKey),
      undefined,
    );
    const other = Buffer.from('hello mars').toString('base64');
    assert.equal(openEnvelope({ ...envelope, payload: other }, type, publicKey), undefined);
  });
});
