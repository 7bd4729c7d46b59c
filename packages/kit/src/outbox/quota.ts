import type { OutboxQuota, OutboxQuotaOptions } from './outbox.ts';

/** Watches the size of an outbox root. The first `refresh` is done when it resolves. */
export function outboxQuota(_options: OutboxQuotaOptions): Promise<OutboxQuota> {
  throw new Error('being written');
}
