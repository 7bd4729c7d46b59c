import assert from 'node:assert/strict';
import { test } from 'node:test';
import { advertisedAddresses, advertisedHosts, isAdvertisable } from './advertised.ts';

const ports = { port: 8443, mqttPort: 8883 };

test('a host stands for both ports, a URL for itself', () => {
  assert.deepEqual(advertisedAddresses(['hub.example.com', '::1', 'https://hub.example.com:443/'], ports), [
    'https://hub.example.com:8443',
    'mqtts://hub.example.com:8883',
    'https://[::1]:8443',
    'mqtts://[::1]:8883',
    'https://hub.example.com:443',
  ]);
  assert.deepEqual(advertisedHosts(['hub.example.com', '::1', 'https://[::1]:1', 'mqtts://other']), [
    'hub.example.com',
    '::1',
    'other',
  ]);
});

test('what can be advertised, and what not', () => {
  for (const good of ['hub', '192.0.2.7', '::1', '[::1]', 'https://hub', 'mqtts://hub:1', 'https://hub/'])
    assert.ok(isAdvertisable(good), good);
  for (const bad of [
    '',
    'a b',
    'hub/path',
    'me@hub',
    'http://hub',
    'https://hub/x',
    'https://me@hub',
    'https://',
  ])
    assert.ok(!isAdvertisable(bad), bad);
});
