export * from './outbox.ts';
export { outboxQuota } from './quota.ts';
export { listOutboxStreams, openOutboxReader } from './reader.ts';
export { openOutboxWriter } from './writer.ts';
