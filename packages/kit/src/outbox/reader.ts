import type { Disk } from '../ports/disk.ts';
import type { OutboxReader, OutboxStream } from './outbox.ts';

export function openOutboxReader(_options: { disk: Disk; folder: string }): OutboxReader {
  throw new Error('being written');
}

/** Every `PRODUCER/STREAM` folder under the root, by name. */
export function listOutboxStreams(_disk: Disk, _root: string): Promise<OutboxStream[]> {
  throw new Error('being written');
}
