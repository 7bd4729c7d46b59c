import { describeError, type Logger, type Ports, retry, type Stop } from '@skerry/kit';
import { failure } from '../errors.ts';
import type { Opened } from './instance-host.ts';
import { limitsOf } from './limits.ts';
import type { LinkChange, OpenOrder } from './protocol.ts';
import { versionBoard } from './version-board.ts';
import { type SeatTools, versionSeats } from './version-seats.ts';

/** A version on instance threads, as the main thread has it. */
export interface OpenVersion {
  readonly opened: Opened;
  /** Shared by all who send it work, see version-board.ts. */
  readonly board: SharedArrayBuffer;
  readonly instances: number;
  /** What its instances counted, those too that were lost: memories of model-stats.ts. */
  readonly stats: readonly SharedArrayBuffer[];
  /** Another instance, on another thread. Rejects with `Unavailable` where there is none for it. */
  grow(): Promise<void>;
  /** How long it takes to open the file, measured once more, since the first time reads the disk and warms up; ms. */
  reload(): Promise<number>;
  /** Tells of all instances, now and as they change, with ports for one serving thread. */
  connect(listener: (change: LinkChange) => void): Stop;
  /** Gives the memory back once all is answered, or after some seconds. */
  close(): Promise<void>;
}

export interface VersionTools extends SeatTools, Pick<Ports, 'clock' | 'random'> {
  readonly logger: Logger;
  /** Its calls took their threads with them too often, and it has no instance any more. */
  readonly onGivenUp: (order: OpenOrder, why: string) => void;
  readonly onClosed: (order: OpenOrder) => void;
}

/** Calls that took their thread with them, within so long, before a version is given up. */
const STRIKES = 2;
const REMEMBERED_MS = 3_600_000;
const REOPENING = { attempts: 5, baseMs: 200, capMs: 5_000 };
const DRAIN_MS = 5_000;
const LOOK_MS = 5;

/** Opens a first instance; those that are lost later are replaced. Rejects with what `openModel` throws. */
export async function openVersion(tools: VersionTools, order: OpenOrder): Promise<OpenVersion> {
  const { logger, clock } = tools;
  const seats = versionSeats(tools, order);
  const board = versionBoard(seats.board, limitsOf(order.spec).queueLimit);
  const who = { model: order.name, version: order.number };
  const closing = new AbortController();
  let struck: number[] = [];

  const strike = () => {
    const now = clock.monotonic();
    struck = [...struck.filter((at) => now - at < REMEMBERED_MS), now];
  };

  const open = async () => {
    let isOpen = false;
    const opened = await seats.open((why, wasRunning) => {
      if (wasRunning) strike();
      if (isOpen) void replace(why);
    });
    isOpen = true;
    return opened;
  };

  const replace = async (why: string) => {
    const options = {
      ...tools,
      ...REOPENING,
      signal: closing.signal,
      worthRetrying: () => struck.length < STRIKES,
    };
    try {
      if (struck.length >= STRIKES) throw failure('InstanceLost', why);
      await retry(open, options);
      logger.warn('an instance was lost and replaced', { ...who, why });
    } catch (error) {
      if (!closing.signal.aborted) await giveUp(describeError(error));
    }
  };

  const giveUp = async (why: string) => {
    logger.error('a version was given up', { ...who, why });
    closing.abort();
    await seats.close(`model ${order.name} was given up: ${why}`);
    tools.onGivenUp(order, why);
  };

  const close = async () => {
    closing.abort();
    for (let waited = 0; board.pending > 0 && waited < DRAIN_MS; waited += LOOK_MS)
      await clock.sleep(LOOK_MS);
    await seats.close(`model ${order.name} was closed`);
    tools.onClosed(order);
  };

  return {
    opened: await open(),
    board: seats.board,
    stats: seats.stats,
    get instances() {
      return seats.size;
    },
    async grow() {
      await open();
    },
    reload: seats.reload,
    connect: seats.connect,
    close,
  };
}
