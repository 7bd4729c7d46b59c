import type { OutboxWriter, OutboxWriterOptions } from './outbox.ts';

export function openOutboxWriter(_options: OutboxWriterOptions): Promise<OutboxWriter> {
  throw new Error('being written');
}
