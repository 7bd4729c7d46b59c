import type { Clock, Logger, Stop } from '@skerry/kit';
import { accessLine } from './access-line.ts';
import type { Call, Observer } from './call.ts';
import { ring } from './ring.ts';

/** Where lines go: a file, or the standard output. */
export interface LineSink {
  write(bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

export interface AccessLog extends Observer {
  /** Writes what waits. */
  close(): Promise<void>;
}

/** Calls that wait to be written, at most. */
const CAPACITY = 8_192;
/** Lines made in one turn of the thread, which serves meanwhile: a millisecond or so. */
const LINES = 512;
const PAUSE_MS = 50;

/**
 * One line of JSON a request. A request pays for a place in a ring; a timer, running only while something waits, makes
 * the lines. What the sink is too slow for is dropped, and its number written.
 */
export function accessLog(sink: LineSink, { clock, logger }: { clock: Clock; logger: Logger }): AccessLog {
  const waiting = ring<Call>(CAPACITY);
  let timer: Stop | undefined;

  const writeSome = async () => {
    const lines = waiting.take(LINES).map(accessLine);
    const dropped = waiting.takeDropped();
    if (dropped > 0) lines.push(`{"time":"${new Date(clock.now()).toISOString()}","dropped":${dropped}}\n`);
    try {
      await sink.write(Buffer.from(lines.join('')));
    } catch (error) {
      logger.warn('the access log was not written', { error });
    }
  };
  let writing = Promise.resolve();
  const write = () => {
    writing = writing.then(writeSome);
    return writing;
  };
  const arm = () => {
    timer = clock.timer(PAUSE_MS, async () => {
      await write();
      timer = undefined;
      if (waiting.size > 0) arm();
    });
  };

  return {
    opened() {},
    closed(call) {
      waiting.put(call);
      if (!timer) arm();
    },
    async close() {
      timer?.();
      await writing;
      while (waiting.size > 0) await write();
      await sink.close();
    },
  };
}
