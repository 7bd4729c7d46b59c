import type { Duplex } from 'node:stream';
import { type DeviceAddress, maxPacketBytes } from '@skerry/contracts';
import type { Logger } from '@skerry/kit';
import { Aedes, type Client } from 'aedes';
import { type Attempt, decide } from './access.ts';
import { limitPackets } from './limit-packets.ts';

/** What was refused, for the people of the device's project. */
export interface Denial extends DeviceAddress {
  readonly what: Attempt['action'] | 'connect' | 'packet';
  readonly why: string;
  readonly topic?: string;
}

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
/** CONNACK return code (MQTT 3.1.1 §3.2.2.3). */
const NOT_AUTHORIZED = 5;

export async function startBroker({ logger, presence, onDenial }: BrokerOptions): Promise<Broker> {
  const devices = new WeakMap<object, DeviceAddress>();
  const deviceOf = (client: Client | null) => client && devices.get(client.conn);

  const allow = (client: Client | null, attempt: Attempt): boolean => {
    const device = deviceOf(client);
    if (!device) return false;
    const decision = decide(device, attempt);
    if (!decision.allowed)
      onDenial({ ...device, what: attempt.action, topic: attempt.topic, why: decision.why });
    return decision.allowed;
  };

  const broker = await Aedes.createBroker({
    connectTimeout: CONNECT_TIMEOUT,
    drainTimeout: DRAIN_TIMEOUT,
    keepaliveLimit: LONGEST_KEEPALIVE,

    preConnect(client, packet, done) {
      const { will } = packet;
      // Nothing durable is kept here: a session ends with its connection.
      packet.clean = true;
      const allowed =
        !will ||
        allow(client, {
          action: 'will',
          topic: will.topic,
          qos: will.qos ?? 0,
          retain: will.retain ?? false,
        });
      done(allowed ? null : new Error('the will is refused'), allowed);
    },
    authenticate(client, _username, _password, done) {
      const device = deviceOf(client);
      if (device?.deviceId === client.id) return done(null, true);
      const why = 'the client id is not the device’s';
      if (device) onDenial({ ...device, what: 'connect', why });
      done(Object.assign(new Error(why), { returnCode: NOT_AUTHORIZED }), false);
    },
    authorizePublish(client, { topic, qos, retain }, done) {
      done(allow(client, { action: 'publish', topic, qos, retain }) ? null : new Error('refused'));
    },
    authorizeSubscribe(client, subscription, done) {
      const { topic, qos } = subscription;
      done(null, allow(client, { action: 'subscribe', topic, qos, retain: false }) ? subscription : null);
    },
    authorizeForward(client, packet) {
      const { topic, qos, retain } = packet;
      return allow(client, { action: 'forward', topic, qos, retain }) ? packet : null;
    },
  });

  broker.on('clientDisconnect', (client) => {
    const device = deviceOf(client);
    if (device) presence.disconnected(device);
  });
  const onEnded = (client: Client, error: Error) =>
    logger.debug('a broker connection ended', { deviceId: deviceOf(client)?.deviceId, error });
  broker.on('clientError', onEnded);
  broker.on('connectionError', onEnded);

  return {
    accept(connection, device) {
      const limited = limitPackets(connection, maxPacketBytes, (why) =>
        onDenial({ ...device, what: 'packet', why: `a packet is ${why}` }),
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
