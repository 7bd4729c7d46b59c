import { type DeviceAddress, encodeBatch, parseTopic, type UpKind, upTopic } from '@skerry/contracts';
import { SkerryError, withDeadline } from '@skerry/kit';
import { hubDocuments } from '../../../agent/src/link/documents.ts';
import type { Link, LinkConnection, LinkListener } from '../../../agent/src/link/link.ts';
import type { Self } from '../../../agent/src/self.ts';
import { type Connection, type Door, KEEPALIVE_MS, type Network, type Wire } from './network.ts';
import type { SimProcess } from './sim-process.ts';

const CONNECT_DEADLINE_MS = 15_000;

export interface SimLinkOptions {
  readonly process: SimProcess;
  readonly net: Network;
  readonly wire: Wire;
  readonly self: Self;
  /** Told of what goes over a connection, to know what the device is doing. */
  readonly watch: LinkWatch;
}

export interface LinkWatch {
  opened(): void;
  closed(): void;
  sent(kind: UpKind): void;
  heard(kind: string): void;
}

/** A device's way to the hub in simulated time: identities are judged as in a TLS handshake, messages travel as the wire lets them. */
export function simLink(options: SimLinkOptions): Link {
  const { process, self } = options;
  return {
    ...hubDocuments(self.hub),
    async connect(listener, signal) {
      const found = withDeadline(findDoor(options), CONNECT_DEADLINE_MS, process.clock, 'connecting');
      const { door, device } = await found;
      if (signal.aborted) throw signal.reason;
      return open(options, door, device, listener);
    },
  };
}

const refuse = (code: 'Unreachable' | 'CertificateRefused', detail: string) =>
  new SkerryError({ code, detail, next: 'Try again.' });

/** Never settles where nothing gets through. */
function findDoor({
  process,
  net,
  wire,
  self,
}: SimLinkOptions): Promise<{ door: Door; device: DeviceAddress }> {
  const { world } = process;
  return new Promise((resolve, reject) => {
    if (wire.upCut || wire.downCut) return;
    const answer = (settle: () => void) => world.after(wire.latencyMs, () => process.alive && settle());
    world.after(wire.latencyMs, async () => {
      const { door } = net;
      if (!door?.process.alive) return answer(() => reject(refuse('Unreachable', 'the hub is not there')));
      const { cuts } = door;
      const device = await door.admit(self.identity.chain.map(net.derOf));
      if (wire.upCut || wire.downCut || !door.process.alive) return;
      answer(() => {
        try {
          if (door.cuts > cuts) throw refuse('Unreachable', 'the hub hung up');
          self.requireHub(door.chain());
          if (!device) throw refuse('CertificateRefused', 'the hub does not take the certificate');
          resolve({ door, device });
        } catch (error) {
          reject(error);
        }
      });
    });
  });
}

function open(
  { process, net, wire, self, watch }: SimLinkOptions,
  door: Door,
  device: DeviceAddress,
  listener: LinkListener,
): LinkConnection {
  const { promise: ended, resolve: end } = Promise.withResolvers<string>();
  const connection: Connection = {
    device,
    door,
    openAtDevice: true,
    openAtHub: true,
    lastUp: 0,
    lastDown: 0,
    deliver(topic, payload) {
      const kind = parseTopic(topic)?.kind ?? '';
      watch.heard(kind);
      listener[kind as keyof LinkListener]?.(JSON.parse(payload));
    },
    ended(why) {
      if (!connection.openAtDevice) return;
      connection.openAtDevice = false;
      watch.closed();
      end(why);
    },
  };
  takeOver(net, connection);
  watch.opened();
  process.onKill(() => {
    connection.openAtDevice = false;
    watch.closed();
    hubNotices(net, wire, connection);
  });

  const send = (kind: UpKind, payload: string | Uint8Array) => {
    process.requireAlive();
    if (!connection.openAtDevice) return;
    watch.sent(kind);
    const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload;
    net.up(wire, connection, upTopic(self.identity, kind), bytes);
  };
  return {
    address: 'wss://hub:8443',
    ended,
    hello: (message) => send('hello', JSON.stringify(message)),
    confirm: (message) => send('confirm', JSON.stringify(message)),
    report: (message) => send('report', JSON.stringify(message)),
    answer: (message) => send('answer', JSON.stringify(message)),
    batch: (header, body) => send('batch', encodeBatch(header, body)),
    async close() {
      connection.ended('closed');
      hubNotices(net, wire, connection);
    },
  };
}

/** One connection a device: the one before is cut (MQTT 3.1.1 §3.1.4), and hears why if it still hears anything. */
function takeOver(net: Network, connection: Connection): void {
  const { device, door } = connection;
  const before = net.connections.get(device.deviceId);
  if (before) {
    if (!door.makeWay(device)) throw refuse('Unreachable', 'another connection of this device came just now');
    net.close(before);
    const lastWordMs = Math.max(0, before.lastDown - net.world.elapsed);
    net.world.after(lastWordMs, () => before.ended('another connection of this device has come'));
  }
  net.connections.set(device.deviceId, connection);
  door.connected(device);
}

/** At once where the farewell gets through, else when the keep-alive is over. */
function hubNotices(net: Network, wire: Wire, connection: Connection): void {
  const ms = wire.upCut ? KEEPALIVE_MS * 1.5 : wire.latencyMs;
  net.world.after(ms, () => net.close(connection));
}
