import { type Disk, silentLogger } from '@skerry/kit';
import { nodePorts } from '@skerry/kit/node';
import { type OutboxProducer, openOutboxProducer } from '@skerry/kit/outbox';

/** An outbox with one stream, and the sizes of what it wrote between two syncs. */
export interface OutboxSide {
  readonly producer: OutboxProducer<'result'>;
  /** Bytes of each commit since the last call. */
  takeBatches(): number[];
}

const LIMIT_BYTES = 512 * 2 ** 20;

export async function openOutboxSide(folder: string): Promise<OutboxSide> {
  const { disk, clock, random } = nodePorts();
  let batches: number[] = [];
  const producer = await openOutboxProducer({
    disk: observed(disk, (bytes) => batches.push(bytes)),
    clock,
    random,
    logger: silentLogger,
    folder,
    limit: LIMIT_BYTES,
    streams: [{ name: 'result', ttlMs: Infinity }],
    time: { bootId: 'bench', sinceBoot: clock.monotonic, hubTime: () => undefined },
  });
  return {
    producer,
    takeBatches() {
      const taken = batches;
      batches = [];
      return taken;
    },
  };
}

function observed(disk: Disk, onWrite: (bytes: number) => void): Disk {
  const openAppend: Disk['openAppend'] = async (path, options) => {
    const file = await disk.openAppend(path, options);
    return {
      get size() {
        return file.size;
      },
      write(bytes) {
        onWrite(bytes.length);
        return file.write(bytes);
      },
      sync: file.sync,
      close: file.close,
    };
  };
  return { ...disk, openAppend };
}
