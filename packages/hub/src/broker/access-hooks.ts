import type { DeviceAddress } from '@skerry/contracts';
import type { Clock } from '@skerry/kit';
import type { AedesOptions, Client } from 'aedes';
import { type Attempt, decide } from './access.ts';
import { onceWritten } from './once-written.ts';

/** What was refused, for the people of the device's project. */
export interface Denial extends DeviceAddress {
  readonly what: Attempt['action'] | 'connect' | 'packet';
  readonly why: string;
  readonly topic?: string;
}

/** The device at the other end; nobody stands for a will whose client is gone, and gets nothing. */
export type DeviceOf = (client: Client | null) => DeviceAddress | null | undefined;

type Hooks = Required<
  Pick<
    AedesOptions,
    'preConnect' | 'authenticate' | 'authorizePublish' | 'authorizeSubscribe' | 'authorizeForward'
  >
>;

/** CONNACK return codes (MQTT 3.1.1 §3.2.2.3). */
const UNAVAILABLE = 3;
const NOT_AUTHORIZED = 5;

export interface Access {
  readonly clock: Clock;
  readonly deviceOf: DeviceOf;
  readonly onDenial: (denial: Denial) => void;
  /** As in `Presence`. */
  readonly makeWay: (device: DeviceAddress) => boolean;
}

/** Puts the table in `access.ts` at every place where the broker asks. */
export function accessHooks({ clock, deviceOf, onDenial, makeWay }: Access): Hooks {
  const allow = (client: Client | null, attempt: Attempt): boolean => {
    const device = deviceOf(client);
    if (!device) return false;
    const decision = decide(device, attempt);
    if (!decision.allowed)
      onDenial({ ...device, what: attempt.action, topic: attempt.topic, why: decision.why });
    return decision.allowed;
  };

  return {
    preConnect(client, packet, done) {
      // Nothing durable is kept here: a session ends with its connection.
      packet.clean = true;
      const { topic, qos = 0, retain = false } = packet.will ?? {};
      const allowed = topic === undefined || allow(client, { action: 'will', topic, qos, retain });
      done(allowed ? null : new Error('the will is refused'), allowed);
    },
    authenticate(client, _username, _password, done) {
      const device = deviceOf(client);
      if (device?.deviceId === client.id) {
        if (!makeWay(device))
          return done(refusal(UNAVAILABLE, 'another connection of it came just now'), false);
        return onceWritten(clock, () => done(null, true));
      }
      const why = 'the client id is not the device’s';
      if (device) onDenial({ ...device, what: 'connect', why });
      done(refusal(NOT_AUTHORIZED, why), false);
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
  };
}

const refusal = (returnCode: number, why: string) => Object.assign(new Error(why), { returnCode });
