import { randomUUID } from 'node:crypto';
import { silentLogger } from '@skerry/kit';
import { memoryState } from '../../../../agent/src/testing/memory-state.ts';
import { type StreamUplink, streamUplink } from '../../../../agent/src/uplink/stream.ts';
import type { WireNumber } from '../wire-numbers.ts';
import { type DeliveryHub, KEY } from './delivery-hub.ts';
import { copyOfFolder, emptyFolder, type Folder, readerOf } from './folder.ts';

/** A device's part in the delivery of one stream: a folder, what the agent remembers, and the agent's own code. */
export interface DeliveryDevice {
  readonly folder: Folder;
  /** As a disk is copied, or an image of it taken. */
  copy(): DeliveryDevice;
  /** The agent ends, and begins again. */
  restart(): void;
  connect(hub: DeliveryHub, welcomeIsLost?: boolean): Promise<void>;
  /** Sends a batch; false when none waits. */
  send(hub: DeliveryHub, ackIsLost?: boolean): Promise<boolean>;
  /** How far the hub has what is in the folder, as the agent remembers it. */
  readonly acknowledged: number;
  /** Under which number the hub is told of each id. */
  numbers(): [id: string, at: WireNumber][];
}

const MOST_TRIES = 6;

export function deliveryDevice(
  folder = emptyFolder(),
  state = memoryState(),
  continuation?: string,
): DeliveryDevice {
  let secret = continuation;
  let uplink: StreamUplink;
  const position = () => state.positions()[0];
  const restart = () => {
    const options = { key: KEY, reader: readerOf(folder), state, logger: silentLogger, source: 'agent' };
    uplink = streamUplink({ ...options, remembered: position() });
  };
  restart();

  const connect: DeliveryDevice['connect'] = async (hub, welcomeIsLost = false) => {
    const session = randomUUID();
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const stream = await uplink.state();
      const hello = { session, continuation: secret, streams: stream ? [stream] : [] };
      const { orders, secret: next } = await hub.greet(hello);
      if (welcomeIsLost) return;
      secret = next ?? secret;
      const [order] = orders;
      if (!order || (await uplink.obey(order)) === 'settled') return;
    }
    throw new Error('hub and device come to no agreement');
  };

  return {
    folder,
    restart,
    connect,
    copy() {
      const copied = memoryState();
      for (const one of state.positions()) copied.savePosition(one);
      return deliveryDevice(copyOfFolder(folder), copied, secret);
    },
    async send(hub, ackIsLost = false) {
      // As the agent's lane does: a folder that was empty is looked at before anything is sent of it.
      if (!uplink.isSettled) await connect(hub);
      const batch = await uplink.next();
      if (!batch) return false;
      const taken = await hub.take(batch);
      const ack = taken && { session: '', ...KEY, ...taken };
      if (!ack || ackIsLost || (await uplink.acknowledge(ack)) === 'anew') await connect(hub);
      return true;
    },
    get acknowledged() {
      return position()?.acknowledged ?? 0;
    },
    numbers() {
      const { epoch = 0, base = 0 } = position() ?? {};
      const told = [...folder.ids].filter(([number]) => epoch > 0 && number > base);
      return told.map(([number, id]) => [id, { epoch, number: number - base }]);
    },
  };
}
