import type { Clock } from './ports/clock.ts';
import type { Random } from './ports/random.ts';

/** A UUID of version 7 (RFC 9562 §5.7): sorts by the millisecond it was made in. */
export function uuidv7(clock: Pick<Clock, 'now'>, random: Pick<Random, 'bytes'>): string {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  bytes.set(random.bytes(10), 6);
  const now = Math.max(0, Math.floor(clock.now()));
  view.setUint16(0, Math.floor(now / 2 ** 32));
  view.setUint32(2, now % 2 ** 32);
  view.setUint8(6, 0x70 | (view.getUint8(6) & 0x0f));
  view.setUint8(8, 0x80 | (view.getUint8(8) & 0x3f));
  return formatUuid(bytes);
}

/** Sixteen bytes as `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx`. */
export function formatUuid(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, 16).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** The inverse of `formatUuid`. */
export function parseUuid(uuid: string): Uint8Array {
  return new Uint8Array(Buffer.from(uuid.replaceAll('-', ''), 'hex'));
}
