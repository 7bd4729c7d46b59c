import type { EventEmitter } from 'node:events';
import type { Duplex } from 'node:stream';
import { type DeviceAddress, maxPacketBytes } from '@skerry/contracts';
import type { Logger } from '@skerry/kit';
import { Aedes, type Client } from 'aedes';
import { accessHooks, type Denial, type DeviceOf } from './access-hooks.ts';
import { limitPackets } from './limit-packets.ts';

export interface Presence {
  /** The device's connection has ended. That one is there, it says itself. */
  disconnected(device: DeviceAddress): void;
}

/** The embedded broker. The hub uses it as it would use an outside one: it subscribes, and publishes. */
export interface Broker {
  /** Takes over a connection whose other end was verified to be `device`. */
  accept(connection: Duplex, device: DeviceAddress): void;
  subscribe(filter: string, receive: (topic: string, payload: Uint8Array) => void): Promise<void>;
  /** At most once, to whoever subscribes now. */
  publish(topic: string, payload: string): void;
  /** Cuts every connection. */
  close(): Promise<void>;
}

export interface BrokerOptions {
  readonly logger: Logger;
  readonly presence: Presence;
  readonly onDenial: (denial: Denial) => void;
}

/** Milliseconds until the first packet of a connection has to be there. */
const CONNECT_TIMEOUT = 10_000;
/** Milliseconds that a receiver may keep its socket full. */
const DRAIN_TIMEOUT = 30_000;
/** MQTT's keep-alive, seconds: none, or a longer one, is refused. */
const LONGEST_KEEPALIVE = 20 * 60;

const refusedPacket = {
  'too-large': `a packet is over ${maxPacketBytes / 1024} KiB`,
  malformed: 'a packet is malformed',
} as const;

export async function startBroker({ logger, presence, onDenial }: BrokerOptions): Promise<Broker> {
  const devices = new WeakMap<object, DeviceAddress>();
  const deviceOf: DeviceOf = (client) => client && devices.get(client.conn);

  const broker = await Aedes.createBroker({
    connectTimeout: CONNECT_TIMEOUT,
    drainTimeout: DRAIN_TIMEOUT,
    keepaliveLimit: LONGEST_KEEPALIVE,
    ...accessHooks(deviceOf, onDenial),
  });

  broker.on('clientDisconnect', (client) => {
    const device = deviceOf(client);
    if (device) presence.disconnected(device);
  });
  // What a persistence or an emitter reports, and nobody asked for.
  (broker as EventEmitter).on('error', (error) => logger.error('the broker has an error', { error }));
  const onEnded = (client: Client, error: Error) =>
    logger.debug('a broker connection ended', { deviceId: deviceOf(client)?.deviceId, error });
  broker.on('clientError', onEnded);
  broker.on('connectionError', onEnded);

  return {
    accept(connection, device) {
      const limited = limitPackets(connection, maxPacketBytes, (why) =>
        onDenial({ ...device, what: 'packet', why: refusedPacket[why] }),
      );
      devices.set(limited, device);
      broker.handle(limited);
    },
    subscribe: (filter, receive) =>
      new Promise((resolve) => {
        const deliver: Parameters<Aedes['subscribe']>[1] = ({ topic, payload }, done) => {
          receive(topic, Buffer.from(payload));
          done();
        };
        broker.subscribe(filter, deliver, resolve);
      }),
    publish(topic, payload) {
      broker.publish({ cmd: 'publish', topic, payload, qos: 0, retain: false, dup: false }, (error) => {
        if (error) logger.warn('a message to a device was not published', { topic, error });
      });
    },
    close: () => new Promise((resolve) => broker.close(() => resolve())),
  };
}
