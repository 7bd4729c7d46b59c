import type { StreamName } from '@skerry/contracts';
import type { Outbox } from '../../outbox/outbox.ts';
import type { DurableSink } from './sink.ts';

/** To the hub: a frame is acknowledged when this is durable. */
export function outboxSink(outbox: Outbox, stream: StreamName): DurableSink {
  let delivered = 0;
  let failed = 0;
  let waiting = 0;
  return {
    durable: true,
    async put(event) {
      waiting++;
      try {
        await outbox.append(stream, event);
        delivered++;
      } catch (error) {
        failed++;
        throw error;
      } finally {
        waiting--;
      }
    },
    counts: () => ({ delivered, failed, waiting }),
    close: async () => {},
  };
}
