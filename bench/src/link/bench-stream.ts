import { type Ack, emptyStreamHash, type StreamOrder, type StreamState } from '@skerry/contracts';
import type { Bodies } from './bodies.ts';
import { connectDevice, type DeviceConnection } from './device-connection.ts';
import type { BenchDevice } from './join-devices.ts';

/** One stream of a device that lives as long as the benchmark: what the hub has acknowledged of it is remembered. */
export interface BenchStream {
  readonly device: BenchDevice;
  /** Highest number that the hub has acknowledged. */
  readonly acknowledged: number;
  /** Connects and says hello; resolves once welcomed, or with the pause that a busy hub asks for, in ms. */
  begin(port: number): Promise<'welcome' | number>;
  /** Sends the next batch; resolves when the hub has acknowledged it, with the milliseconds that took. */
  send(): Promise<number>;
  close(): Promise<void>;
}

const key = { producer: 'runtime', stream: 'result' } as const;
const ACK_DEADLINE_MS = 60_000;

/** `backlog`: how many messages wait in the device, as its hello says; more are made as they are sent. */
export function benchStream(device: BenchDevice, bodies: Bodies, backlog = 0): BenchStream {
  let connection: DeviceConnection | undefined;
  let order: Pick<StreamOrder, 'epoch' | 'hash'> = { epoch: 0, hash: emptyStreamHash };
  let acknowledged = 0;
  let ended = Promise.withResolvers<void>();
  let heard = Promise.withResolvers<'welcome' | number>();
  let onAck: (ack: Ack) => void = () => {};
  let fail: (error: Error) => void = () => {};

  const state = (): StreamState => {
    const next = Math.max(acknowledged, backlog) + 1;
    return { ...key, ...order, lowest: acknowledged + 1, next, acknowledged };
  };
  const listener = {
    welcome({ streams }: { streams: StreamOrder[] }) {
      const { epoch, expected, hash } = streams[0]!;
      order = { epoch, hash };
      acknowledged = expected - 1;
      heard.resolve('welcome');
    },
    busy: ({ retryAfterMs }: { retryAfterMs: number }) => heard.resolve(retryAfterMs),
    ack: (ack: Ack) => onAck(ack),
    ended(why: string) {
      heard.reject(new Error(why));
      fail(new Error(why));
      ended.resolve();
    },
  };

  return {
    device,
    get acknowledged() {
      return acknowledged;
    },
    async begin(port) {
      ended = Promise.withResolvers();
      heard = Promise.withResolvers();
      heard.promise.catch(() => {});
      connection = await connectDevice(port, device, listener);
      connection.hello(state());
      return heard.promise;
    },
    send() {
      const first = acknowledged + 1;
      const count = bodies.perBatch;
      const began = performance.now();
      return new Promise((resolve, reject) => {
        const late = setTimeout(() => reject(new Error('a batch was not acknowledged')), ACK_DEADLINE_MS);
        fail = (error) => {
          clearTimeout(late);
          reject(error);
        };
        onAck = (ack) => {
          if (ack.retryAfterMs !== undefined) fail(new Error('the hub did not take a batch'));
          if (ack.acknowledged < first + count - 1) return;
          clearTimeout(late);
          acknowledged = ack.acknowledged;
          order = { epoch: ack.epoch, hash: ack.hash };
          resolve(performance.now() - began);
        };
        connection?.batch({ ...key, epoch: order.epoch, first, count }, bodies.from(first));
      });
    },
    async close() {
      connection?.close();
      await ended.promise;
    },
  };
}
