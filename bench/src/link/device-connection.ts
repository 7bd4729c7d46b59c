import { randomUUID } from 'node:crypto';
import { connect, type TLSSocket } from 'node:tls';
import {
  type Ack,
  type BatchHeader,
  type Busy,
  downKinds,
  downTopic,
  encodeBatch,
  type Hello,
  parseTopic,
  protocolVersion,
  type StreamState,
  upTopic,
  type Welcome,
} from '@skerry/contracts';
import { generate, type Packet, parser } from 'mqtt-packet';
import { type BenchDevice, inventory } from './join-devices.ts';

export interface DeviceListener {
  welcome(welcome: Welcome): void;
  busy(busy: Busy): void;
  ack(ack: Ack): void;
  ended(why: string): void;
}

/** A device's side of the link, MQTT 3.1.1 over TLS, with as little work of its own as can be. */
export interface DeviceConnection {
  readonly session: string;
  /** To be said once; the listener hears what the hub makes of it. */
  hello(stream: StreamState): void;
  batch(header: Omit<BatchHeader, 'session'>, body: Uint8Array): void;
  close(): void;
}

const KEEPALIVE_S = 30;

/** Resolves when the hub has granted the subscriptions. Rejects when it cuts the connection before. */
export function connectDevice(
  port: number,
  device: BenchDevice,
  listener: DeviceListener,
): Promise<DeviceConnection> {
  const { key, cert, deviceId: clientId } = device;
  const socket = connect({ host: '127.0.0.1', port, key, cert, rejectUnauthorized: false });
  socket.setNoDelay(true);
  const send = (packet: Packet) => void socket.write(generate(packet));
  const session = randomUUID();
  const alive = setInterval(() => send({ cmd: 'pingreq' }), (KEEPALIVE_S * 1000) / 2);
  const connection: DeviceConnection = {
    session,
    hello: (stream) => send(publish(device, 'hello', JSON.stringify(helloOf(session, stream)))),
    batch: (header, body) =>
      send(publish(device, 'batch', Buffer.from(encodeBatch({ session, ...header }, body)))),
    close: () => {
      send({ cmd: 'disconnect' });
      socket.end();
    },
  };
  return new Promise((resolve, reject) => {
    const packets = parser({ protocolVersion: 4 });
    packets.on('packet', (packet) => {
      if (packet.cmd === 'connack') send(subscription(device));
      else if (packet.cmd === 'suback') resolve(connection);
      else if (packet.cmd === 'publish') deliver(packet.topic, packet.payload, listener);
    });
    followEnd(socket, (why) => {
      clearInterval(alive);
      reject(new Error(why));
      listener.ended(why);
    });
    socket.on('data', (bytes) => packets.parse(bytes));
    socket.once('secureConnect', () =>
      send({
        cmd: 'connect',
        protocolId: 'MQTT',
        protocolVersion: 4,
        clean: true,
        clientId,
        keepalive: KEEPALIVE_S,
      }),
    );
  });
}

function followEnd(socket: TLSSocket, onEnd: (why: string) => void): void {
  let why = 'the hub closed the connection';
  socket.on('error', (error) => {
    why = error.message;
  });
  socket.once('close', () => onEnd(why));
}

function publish(device: BenchDevice, kind: 'hello' | 'batch', payload: string | Buffer): Packet {
  return { cmd: 'publish', topic: upTopic(device, kind), payload, qos: 0, retain: false, dup: false };
}

function subscription(device: BenchDevice): Packet {
  const subscriptions = downKinds.map((kind) => ({ topic: downTopic(device, kind), qos: 0 as const }));
  return { cmd: 'subscribe', messageId: 1, subscriptions };
}

function helloOf(session: string, stream: StreamState): Hello {
  return { protocol: protocolVersion, features: [], session, bootId: session, streams: [stream], inventory };
}

function deliver(topic: string, payload: string | Buffer, listener: DeviceListener): void {
  const kind = parseTopic(topic)?.kind;
  const message = JSON.parse(payload.toString());
  if (kind === 'ack') listener.ack(message);
  else if (kind === 'welcome') listener.welcome(message);
  else if (kind === 'busy') listener.busy(message);
}
