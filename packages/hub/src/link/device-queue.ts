import type { Logger } from '@skerry/kit';

/** Work for devices: one piece at a time for each, bounded for each and in all. */
export interface DeviceQueue {
  /** False when the device has too much waiting, or all have: the work was not taken. Without bytes it always is. */
  add(deviceId: string, bytes: number, work: () => Promise<void>): boolean;
  /** Takes nothing more; resolves when what was taken is done. */
  close(): Promise<void>;
}

export interface DeviceQueueOptions {
  readonly logger: Logger;
  readonly maxPerDevice: number;
  /** Bytes that all waiting work may hold. */
  readonly maxBytes: number;
}

export function deviceQueue({ logger, maxPerDevice, maxBytes }: DeviceQueueOptions): DeviceQueue {
  const lines = new Map<string, { last: Promise<void>; length: number }>();
  let held = 0;
  let closed = false;

  return {
    add(deviceId, bytes, work) {
      const line = lines.get(deviceId) ?? { last: Promise.resolve(), length: 0 };
      const full = line.length >= maxPerDevice || held + bytes > maxBytes;
      if (closed || (full && bytes > 0)) return false;
      lines.set(deviceId, line);
      line.length += 1;
      held += bytes;
      line.last = line.last
        .then(work)
        .catch((error) => logger.error('a message of a device could not be handled', { deviceId, error }))
        .finally(() => {
          line.length -= 1;
          held -= bytes;
          if (line.length === 0) lines.delete(deviceId);
        });
      return true;
    },
    async close() {
      closed = true;
      await Promise.all([...lines.values()].map(({ last }) => last));
    },
  };
}
