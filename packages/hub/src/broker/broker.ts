import type { EventEmitter } from 'node:events';
import type { Duplex } from 'node:stream';
import { type DeviceAddress, maxPacketBytes } from '@skerry/contracts';
import type { Clock, Logger } from '@skerry/kit';
import { Aedes, type Client } from 'aedes';
import { accessHooks, type Denial, type DeviceOf } from './access-hooks.ts';
import { hasRoom } from './has-room.ts';
import { limitPackets } from './limit-packets.ts';
import { onceWritten } from './once-written.ts';

/** By what a device is connected; a code of the catalogue. */
export type Over = 'MqttOverWs' | 'MqttOverTls' | 'HttpsPoll';

export interface Presence {
  /**
   * A newer connection of the device asks to be let in; the older one, if there is one, is told that it has to go.
   * False: it stays, and the newer one may not come yet.
   */
  makeWay(device: DeviceAddress): boolean;
  /** The device has a connection now; that of before, if there was one, was told to have ended. */
  connected(device: DeviceAddress, over: Over): void;
  /** The device's connection has ended. */
  disconnected(device: DeviceAddress): void;
}

export type Receive = (topic: string, payload: Uint8Array) => boolean;

/** The embedded broker. The hub uses it as it would use an outside one: it subscribes, and publishes. */
export interface Broker {
  /** Takes over a connection whose other end was verified to be `device`. */
  accept(connection: Duplex, device: DeviceAddress, over: Over): void;
  /** Cuts the device's connection, if there is one, after what was published to it just now. */
  cut(deviceId: string): void;
  /** `receive` gives false for what it cannot take now; a broker does not repeat it. */
  subscribe(filter: string, receive: Receive): Promise<void>;
  /** At most once, to whoever subscribes now. */
  publish(topic: string, payload: string): void;
  /** Cuts every connection. */
  close(): Promise<void>;
}

export interface BrokerOptions {
  readonly clock: Clock;
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

export async function startBroker({ clock, logger, presence, onDenial }: BrokerOptions): Promise<Broker> {
  const devices = new WeakMap<object, DeviceAddress>();
  const overs = new WeakMap<object, Over>();
  const live = new Map<string, Duplex>();
  const deviceOf: DeviceOf = (client) => client && devices.get(client.conn);
  const hooks = accessHooks({ clock, deviceOf, onDenial, makeWay: presence.makeWay });

  const broker = await Aedes.createBroker({
    // No bound that all share: one that does not read would take it from the others. What is for a device waits in
    // its own socket, bounded by `hasRoom` and the drain's deadline; what it says is taken at once or not at all.
    concurrency: 0,
    connectTimeout: CONNECT_TIMEOUT,
    drainTimeout: DRAIN_TIMEOUT,
    keepaliveLimit: LONGEST_KEEPALIVE,
    ...hooks,
    authorizeForward: (client, packet) => (hasRoom(client) ? hooks.authorizeForward(client, packet) : null),
  });

  broker.on('client', ({ conn }) => {
    const device = devices.get(conn);
    if (!device) return;
    live.set(device.deviceId, conn as Duplex);
    presence.connected(device, overs.get(conn) ?? 'MqttOverWs');
  });
  broker.on('clientDisconnect', ({ conn }) => {
    const device = devices.get(conn);
    if (!device) return;
    live.delete(device.deviceId);
    presence.disconnected(device);
  });
  // What a persistence or an emitter reports, and nobody asked for.
  (broker as EventEmitter).on('error', (error) => logger.error('the broker has an error', { error }));
  const onEnded = (client: Client, error: Error) =>
    logger.debug('a broker connection ended', { deviceId: deviceOf(client)?.deviceId, error });
  broker.on('clientError', onEnded);
  broker.on('connectionError', onEnded);

  return {
    accept(connection, device, over) {
      const limited = limitPackets(connection, maxPacketBytes, (why) =>
        onDenial({ ...device, what: 'packet', why: refusedPacket[why] }),
      );
      devices.set(limited, device);
      overs.set(limited, over);
      broker.handle(limited);
    },
    cut(deviceId) {
      const connection = live.get(deviceId);
      onceWritten(clock, () => connection?.destroy());
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
