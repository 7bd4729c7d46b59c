import assert from 'node:assert/strict';
import { test } from 'node:test';
import { advertisedAddresses, advertisedHosts, isAdvertisable, mqttBeside } from './advertised.ts';

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

test('MQTT is beside the device port where it listens on the same addresses, on a port that it keeps', () => {
  const beside = (devices: string, host: string, port: number) =>
    mqttBeside({ devicesListen: { host: devices }, mqttListen: { host, port } });
  assert.equal(beside('0.0.0.0', '0.0.0.0', 8883), 8883);
  assert.equal(beside('192.0.2.7', '::', 8884), 8884);
  assert.equal(beside('192.0.2.7', '192.0.2.7', 8883), 8883);
  assert.equal(beside('0.0.0.0', '127.0.0.1', 8883), undefined);
  assert.equal(beside('0.0.0.0', '0.0.0.0', 0), undefined);
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
    'https://:secret@hub',
    'https://',
  ])
    assert.ok(!isAdvertisable(bad), bad);
});
