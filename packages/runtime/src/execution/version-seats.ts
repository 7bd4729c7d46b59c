import { MessageChannel } from 'node:worker_threads';
import type { Stop } from '@skerry/kit';
import { failure } from '../errors.ts';
import { statsBytes } from '../metrics/model-stats.ts';
import type { Opened } from './instance-host.ts';
import { latencyTableBytes } from './latency-table.ts';
import { limitsOf } from './limits.ts';
import type { PoolSeat, PoolThread } from './pool-thread.ts';
import type { InstanceLink, LinkChange, OpenOrder } from './protocol.ts';
import { versionBoardBytes } from './version-board.ts';

export interface SeatTools {
  /** Finds the seat a thread. */
  readonly take: (seat: PoolSeat, cores: readonly number[] | undefined) => Promise<PoolThread>;
  readonly leave: (thread: PoolThread, seat: PoolSeat) => void;
  readonly nextInstance: () => number;
}

/** The instances of one version, and who is told of them. */
export interface VersionSeats {
  readonly board: SharedArrayBuffer;
  readonly stats: readonly SharedArrayBuffer[];
  readonly size: number;
  /** Opens another instance. `onLost` is called once its thread is lost, even before it was open. */
  open(onLost: PoolSeat['lost']): Promise<Opened>;
  /** Opens the file once more beside an instance, and closes that again; ms. */
  reload(): Promise<number>;
  connect(listener: (change: LinkChange) => void): Stop;
  /** @param why  as is told to what waits for an instance */
  close(why: string): Promise<void>;
}

export function versionSeats({ take, leave, nextInstance }: SeatTools, order: OpenOrder): VersionSeats {
  const { maxBatch } = limitsOf(order.spec);
  const board = order.board ?? new SharedArrayBuffer(versionBoardBytes);
  const seats = new Map<PoolSeat, PoolThread>();
  const listeners = new Set<(change: LinkChange) => void>();
  const stats: SharedArrayBuffer[] = [];
  let isClosed = false;

  const linkTo = ({ instance, memory }: PoolSeat, { handle }: PoolThread): InstanceLink => {
    const { port1, port2 } = new MessageChannel();
    handle.connect(order.version, port1);
    return { instance, port: port2, thread: handle.memory, table: memory.table };
  };
  const tell = (listener: (change: LinkChange) => void, seat: PoolSeat, thread: PoolThread) =>
    listener({ type: 'added', link: linkTo(seat, thread) });

  const seatOf = (onLost: PoolSeat['lost']): PoolSeat => {
    const seat: PoolSeat = {
      version: order.version,
      instance: nextInstance(),
      memory: {
        table: new SharedArrayBuffer(latencyTableBytes(maxBatch)),
        stats: new SharedArrayBuffer(statsBytes),
      },
      lost(why, wasRunning) {
        if (seats.delete(seat))
          for (const listener of listeners) listener({ type: 'lost', instance: seat.instance, why });
        onLost(why, wasRunning);
      },
    };
    return seat;
  };

  const leaveClosed = async (thread: PoolThread, seat: PoolSeat) => {
    // What a lost thread had is gone with it.
    await thread.handle.close(order.version).catch(() => {});
    leave(thread, seat);
  };

  return {
    board,
    stats,
    get size() {
      return seats.size;
    },
    async open(onLost) {
      const seat = seatOf(onLost);
      const thread = await take(seat, order.spec.serving?.cores);
      const opened = await thread.handle.open(order, seat.memory).catch((error) => {
        leave(thread, seat);
        throw error;
      });
      if (isClosed) {
        await leaveClosed(thread, seat);
        throw failure('InstanceLost', `${order.name} was closed while another instance was opened`);
      }
      seats.set(seat, thread);
      stats.push(seat.memory.stats);
      for (const listener of listeners) tell(listener, seat, thread);
      return opened;
    },
    async reload() {
      const [thread] = seats.values();
      if (!thread) throw failure('InstanceLost', `${order.name} has no instance`);
      return thread.handle.reload(order);
    },
    connect(listener) {
      listeners.add(listener);
      for (const [seat, thread] of seats) tell(listener, seat, thread);
      return () => listeners.delete(listener);
    },
    async close(why) {
      isClosed = true;
      for (const listener of listeners) listener({ type: 'ended', why });
      const closing = [...seats];
      seats.clear();
      await Promise.all(closing.map(([seat, thread]) => leaveClosed(thread, seat)));
    },
  };
}
