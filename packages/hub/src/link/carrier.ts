import { type DownKind, parseTopic } from '@skerry/contracts';
import type { Random } from '@skerry/kit';
import type { Broker, BrokerOptions, Over, Presence, Receive } from '../broker/broker.ts';
import { type HttpsConnections, httpsConnections } from './https-connections.ts';

/** All that carries messages to devices and from them: the broker, and HTTPS beside it. */
export interface LinkCarrier extends Broker {
  readonly https: HttpsConnections;
}

export interface LinkCarrierOptions extends BrokerOptions {
  readonly random: Random;
  readonly startBroker: (options: BrokerOptions) => Promise<Broker>;
}

/**
 * Looks like the broker to the link, so that one conversation serves all: what devices post comes in as if they had
 * published it, and what is published goes to whichever connection the device has. Of two the newer wins.
 */
export async function linkCarrier(options: LinkCarrierOptions): Promise<LinkCarrier> {
  const { clock, random, startBroker } = options;
  const presence = newerWins(options.presence, {
    endMqtt: (deviceId) => broker.cut(deviceId),
    endHttps: (deviceId) => https.giveWay(deviceId),
  });
  const broker: Broker = await startBroker({ ...options, presence: presence.ofMqtt });
  let receive: Receive = () => false;
  const https = httpsConnections({
    clock,
    random,
    presence: presence.ofHttps,
    receive: (topic, payload) => receive(topic, payload),
  });

  return {
    ...broker,
    https,
    async subscribe(filter, deliver) {
      receive = deliver;
      await broker.subscribe(filter, deliver);
    },
    publish(topic, payload) {
      const parsed = parseTopic(topic);
      const posted = parsed && https.tell(parsed.deviceId, parsed.kind as DownKind, payload);
      if (!posted) broker.publish(topic, payload);
    },
    async close() {
      https.close();
      await broker.close();
    },
  };
}

/** Ends the connection of the other kind when one comes about, and tells of each end once. */
function newerWins(
  presence: Presence,
  { endMqtt, endHttps }: Record<'endMqtt' | 'endHttps', (deviceId: string) => void>,
) {
  const live = new Map<string, Over>();
  const part = (isMine: (over: Over) => boolean, endOther: (deviceId: string) => void): Presence => ({
    makeWay: (device) => !live.has(device.deviceId) || presence.makeWay(device),
    connected(device, over) {
      const before = live.get(device.deviceId);
      if (before !== undefined) {
        live.delete(device.deviceId);
        presence.disconnected(device);
        if (!isMine(before)) endOther(device.deviceId);
      }
      live.set(device.deviceId, over);
      presence.connected(device, over);
    },
    disconnected(device) {
      const now = live.get(device.deviceId);
      if (now === undefined || !isMine(now)) return;
      live.delete(device.deviceId);
      presence.disconnected(device);
    },
  });
  const isHttps = (over: Over) => over === 'HttpsPoll';
  return { ofMqtt: part((over) => !isHttps(over), endHttps), ofHttps: part(isHttps, endMqtt) };
}
