import type { Event, ResultData } from '@skerry/contracts';
import { boundedQueue, type Clock, type Logger, withDeadline } from '@skerry/kit';
import type { LocalSink } from './sink.ts';

const QUEUE = 1024;
const CLOSE_MS = 2_000;

export interface LocalActionOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** One event after another. Rejects when it is given up. */
  readonly act: (event: Event<ResultData>, signal: AbortSignal) => Promise<void>;
}

/** Something done beside the acknowledgement, never in its way: what the queue cannot take is counted as failed. */
export function localAction({ clock, logger, act }: LocalActionOptions): LocalSink {
  const queue = boundedQueue<Event<ResultData>>(QUEUE);
  const stopping = new AbortController();
  let delivered = 0;
  let failed = 0;
  const work = async () => {
    for await (const event of queue) {
      try {
        await act(event, stopping.signal);
        delivered++;
      } catch (error) {
        failed++;
        if (!stopping.signal.aborted) logger.warn('a local action failed', { error });
      }
    }
  };
  const done = work();
  return {
    durable: false,
    put(event) {
      if (!queue.push(event)) failed++;
    },
    counts: () => ({ delivered, failed, waiting: queue.size }),
    async close() {
      queue.close();
      await withDeadline(done, CLOSE_MS, clock, 'ending a local action').catch(() => stopping.abort());
      await done;
    },
  };
}
