import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endpointOf, parseProxy, proxyFor } from './proxy.ts';

const hub = { host: 'hub.example.com', port: 8443 };

test('an address says host and port, whatever its scheme', () => {
  const read = (url: string) => Object.values(endpointOf(new URL(url))).join(' ');
  assert.deepEqual(['https://a', 'https://a:8443', 'mqtts://a', 'mqtts://[::1]:1', 'http://a'].map(read), [
    'a 443',
    'a 8443',
    'a 8883',
    '::1 1',
    'a 80',
  ]);
});

test('a proxy has a host, and a scheme or `http:`; its user and password become an authorization', () => {
  assert.deepEqual(parseProxy('http://p:3128'), {
    host: 'p',
    port: 3128,
    secure: false,
    authorization: undefined,
  });
  assert.deepEqual(parseProxy('p:3128'), parseProxy('http://p:3128'));
  assert.deepEqual(parseProxy('me:x@p:1'), parseProxy('http://me:x@p:1'));
  const { secure, authorization } = parseProxy('https://me:a%40b%3Ac@p')!;
  assert.equal(secure, true);
  assert.equal(authorization, `Basic ${Buffer.from('me:a@b:c').toString('base64')}`);
  assert.doesNotThrow(() => parseProxy('http://%ff:x@p'));
  for (const text of ['socks5://p:1', '', 'http://', 'p:x']) assert.equal(parseProxy(text), undefined);
});

test('what NO_PROXY names goes around it', () => {
  const way = (noProxy: string | undefined, to = hub) =>
    proxyFor(to, { HTTPS_PROXY: 'http://p:1', NO_PROXY: noProxy })?.host ?? 'directly';
  for (const around of ['*', 'hub.example.com', '.example.com', 'x, example.com', 'hub.example.com:8443'])
    assert.equal(way(around), 'directly', around);
  for (const not of [undefined, '', 'hub', 'ample.com', 'hub.example.com:443']) assert.equal(way(not), 'p');
  assert.equal(way('::1', { host: '::1', port: 1 }), 'directly');
  assert.equal(proxyFor(hub, {}), undefined);
  assert.equal(proxyFor(hub, { https_proxy: 'http://low:1' })?.host, 'low');
});
