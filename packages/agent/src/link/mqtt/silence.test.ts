import assert from 'node:assert/strict';
import { Duplex } from 'node:stream';
import { test } from 'node:test';
import { MqttClient } from 'mqtt';
import { fellSilent } from '../keep-alive.ts';
import { endOf } from './mqtt-connection.ts';

/** CONNACK, accepted (MQTT 3.1.1 §3.2). */
const connack = Buffer.from([0x20, 2, 0, 0]);

test('a hub that takes the connection and is heard of no more has fallen silent', async () => {
  const stream = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
  const client = new MqttClient(() => stream, { protocolVersion: 4, keepalive: 1, reconnectPeriod: 0 });
  const ended = endOf(client);
  stream.push(connack);
  assert.equal(await ended, fellSilent);
});

test('a connection that something cuts has not', async () => {
  const stream = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
  const client = new MqttClient(() => stream, { protocolVersion: 4, keepalive: 1, reconnectPeriod: 0 });
  const ended = endOf(client);
  stream.push(connack);
  client.once('connect', () => stream.destroy(new Error('cut')));
  assert.notEqual(await ended, fellSilent);
});
