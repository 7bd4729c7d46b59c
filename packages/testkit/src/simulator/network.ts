import type { DeviceAddress } from '@skerry/contracts';
import type { HttpRequest, Random } from '@skerry/kit';
import { derOf } from '../../../agent/src/identity/identity.ts';
import type { SimProcess } from './sim-process.ts';
import type { World } from './world.ts';

/** What lies between one device and the hub, and what is wrong with it just now. */
export interface Wire {
  /** Nothing gets through to the hub. */
  upCut: boolean;
  /** Nothing gets through to the device. */
  downCut: boolean;
  /** Shares of the messages. */
  loss: number;
  duplicates: number;
  /** Messages may overtake each other. */
  reorders: boolean;
  latencyMs: number;
  bytesPerMs: number;
  /** Of its own, so that what befalls one device changes nothing for another. */
  readonly chance: Random;
}

export const goodWire = (chance: Random): Wire => ({
  chance,
  upCut: false,
  downCut: false,
  loss: 0,
  duplicates: 0,
  reorders: false,
  latencyMs: 40,
  bytesPerMs: 100,
});

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** The hub as the network sees it, for as long as its process lives. */
export interface Door {
  readonly process: SimProcess;
  /** DER of the server's chain, leaf first. */
  chain(): readonly Uint8Array[];
  /** Who shows this chain (DER, leaf first); undefined when nobody is let in with it. */
  admit(shown: readonly Uint8Array[]): Promise<DeviceAddress | undefined>;
  answer(request: HttpRequest, path: string, shown: readonly Uint8Array[]): Promise<HttpAnswer>;
  /** Whether a newer connection may take the place of the device's; the older one is told then. */
  makeWay(device: DeviceAddress): boolean;
  connected(device: DeviceAddress): void;
  disconnected(device: DeviceAddress): void;
  received(topic: string, payload: Uint8Array): void;
  /** Cuts the device's connection, and those of which it is not yet known whose they are. */
  cut(deviceId: string): void;
  /** How often it did. */
  readonly cuts: number;
}

/** One end that a device's messages go to. */
export interface Connection {
  readonly device: DeviceAddress;
  readonly door: Door;
  /** As each side believes. */
  openAtDevice: boolean;
  openAtHub: boolean;
  /** A message of the hub has arrived. */
  deliver(topic: string, payload: string): void;
  /** The device finds that it has ended. */
  ended(why: string): void;
  /** When the last message each way arrives, so that none overtakes another. */
  lastUp: number;
  lastDown: number;
}

/** Where hub and devices meet. */
export interface Network {
  readonly world: World;
  door: Door | undefined;
  /** As the hub knows them, by device id. */
  readonly connections: Map<string, Connection>;
  /** What a device sends on a connection. */
  up(wire: Wire, connection: Connection, topic: string, payload: Uint8Array): void;
  /** What the hub sends to a device. */
  down(deviceId: string, topic: string, payload: string): void;
  /** DER of a certificate, read once. */
  derOf(pem: string): Uint8Array;
  /** The wire of each device, by id. */
  readonly wires: Map<string, Wire>;
  /** The hub notices that a connection is no more. */
  close(connection: Connection): void;
  /** The hub ends a connection: the device hears of it at once, or finds it out. */
  hangUp(connection: Connection): void;
}

/** How long somebody takes to notice that nothing comes any more, ms. */
export const KEEPALIVE_MS = 45_000;

export function network(world: World): Network {
  const connections = new Map<string, Connection>();
  const wires = new Map<string, Wire>();
  const ders = new Map<string, Uint8Array>();

  const travel = (wire: Wire, bytes: number) =>
    wire.latencyMs * (0.5 + wire.chance.number()) + bytes / wire.bytesPerMs;

  /** When it arrives, ms from now; undefined when it gets lost. */
  const arrival = (wire: Wire, last: number, bytes: number): number | undefined => {
    if (wire.loss > 0 && wire.chance.number() < wire.loss) return undefined;
    const ms = travel(wire, bytes);
    return wire.reorders ? ms * 5 * wire.chance.number() : Math.max(last - world.elapsed, ms);
  };
  const copies = (wire: Wire) => (wire.duplicates > 0 && wire.chance.number() < wire.duplicates ? 2 : 1);

  const net: Network = {
    world,
    door: undefined,
    connections,
    wires,
    derOf(pem) {
      const der = ders.get(pem) ?? derOf(pem);
      ders.set(pem, der);
      return der;
    },
    up(wire, connection, topic, payload) {
      if (wire.upCut) return;
      for (let copy = copies(wire); copy > 0; copy--) {
        const ms = arrival(wire, connection.lastUp, payload.length);
        if (ms === undefined) continue;
        connection.lastUp = world.elapsed + ms;
        world.after(ms, () => {
          const { door } = connection;
          if (wire.upCut || !connection.openAtHub || !door.process.alive) return;
          world.note(payload);
          door.received(topic, payload);
        });
      }
    },
    down(deviceId, topic, payload) {
      const connection = connections.get(deviceId);
      const wire = wires.get(deviceId);
      if (!connection || !wire || wire.downCut) return;
      for (let copy = copies(wire); copy > 0; copy--) {
        const ms = arrival(wire, connection.lastDown, payload.length);
        if (ms === undefined) continue;
        connection.lastDown = world.elapsed + ms;
        world.after(ms, () => {
          if (wire.downCut || !connection.openAtDevice) return;
          world.note(topic);
          connection.deliver(topic, payload);
        });
      }
    },
    close(connection) {
      if (!connection.openAtHub) return;
      connection.openAtHub = false;
      const { device, door } = connection;
      if (connections.get(device.deviceId) === connection) connections.delete(device.deviceId);
      if (door.process.alive) door.disconnected(device);
    },
    hangUp(connection) {
      net.close(connection);
      const { downCut, latencyMs } = wires.get(connection.device.deviceId)!;
      world.after(downCut ? KEEPALIVE_MS : latencyMs, () => connection.ended('the hub hung up'));
    },
  };
  return net;
}
