import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formsOf } from './encodings.ts';
import { scrubber } from './scrub.ts';

const secret = fc
  .string({ unit: 'binary', minLength: 8, maxLength: 60 })
  .filter((text) => Buffer.from(text).toString() === text);

test('a known secret is found in whatever it was written into, and however that was encoded', () => {
  const around = fc.string({ maxLength: 20 });
  const ways: readonly ((text: string) => string)[] = [
    (text) => text,
    JSON.stringify,
    (text) => Buffer.from(text).toString('base64'),
    (text) => Buffer.from(text).toString('base64url'),
    (text) => Buffer.from(text).toString('hex'),
  ];
  fc.assert(
    fc.property(secret, around, around, fc.constantFrom(...ways), (known, before, after, write) => {
      const scrub = scrubber([known]);
      const text = write(`${before}${known}${after}`);
      assert.ok(scrub.finds(text), 'it was there');
      assert.ok(!scrub.finds(scrub.text(text)), `${known} is left`);
      for (const form of formsOf(known)) assert.ok(!scrub.text(text).includes(form));
    }),
  );
});

test('what a URL’s query says at length goes, whatever its name', () => {
  const { text } = scrubber([]);
  for (const name of ['key', 'sig', 'code', 'subscription-key']) {
    const url = `https://hooks.example.com/alarm?v=1&${name}=AIzaSyD-abc%3D&n=2`;
    assert.match(text(`the webhook ${url} answered 500`), /alarm\?v=1&.*=\[removed\]&n=2 answered 500$/);
  }
});

test('what says nothing secret stays as it is', () => {
  const { text, json } = scrubber([]);
  for (const kept of [
    'digits:1, 161 KiB in 0.3 s, digest verified',
    `sha256:${'ab'.repeat(32)}`,
    'https://hub.example.com:8443/v2/default/models/digits/blobs?n=1',
    '01a1fc96-bdca-73cf-ad55-8acbdc268a95',
    'skerry://01a1fc96-bdca-73cf-ad55-8acbdc268a95/agent',
    '/var/lib/skerry/artifacts/models/7eb64dc9c67e1e95b352b5d46b19edacc57ec33592c583d83e92319d59b2c06a',
    'the token has expired; make another with `skerry device token`',
  ])
    assert.equal(text(kept), kept);
  assert.deepEqual(json({ a: [1, null, true, 'x'] }), { a: [1, null, true, 'x'] });
});

test('the value of a secret name goes whole, whatever it is', () => {
  const { json } = scrubber([]);
  const shown = json({
    password: { parts: ['a', 'b'] },
    apiKey: 5,
    sink: { secretRef: 'broker' },
    name: 'till',
  });
  assert.deepEqual(shown, {
    password: '[removed]',
    apiKey: '[removed]',
    sink: { secretRef: '[removed]' },
    name: 'till',
  });
});

test('a log that somebody filled to make it slow is scrubbed as any other', { timeout: 30_000 }, () => {
  const { text } = scrubber(['one-known-secret']);
  const bricks = [
    'a',
    'a.',
    'eyJ-',
    'secret',
    'token=',
    'password = ',
    'a://',
    'bearer ',
    'cookie:',
    'skerry_a-',
    '-----BEGIN PRIVATE KEY-----',
    'skerry-join.',
    '\\\\"',
    ' ',
  ];
  for (const brick of bricks) assert.ok(text(brick.repeat(300_000 / brick.length)).length > 0);
});
