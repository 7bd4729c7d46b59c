export type { TimeSource } from './elapsed.ts';
export * from './outbox.ts';
export { openOutboxProducer } from './producer.ts';
export { listOutboxStreams, openOutboxReader } from './reader.ts';
export { folderBytes } from './usage.ts';
