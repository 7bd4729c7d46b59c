import type { Client } from 'aedes';

/** Bytes that may wait for a device: twice the commands that it may have in flight. */
const MAX_WAITING_BYTES = 2 * 1024 * 1024;

/** Whether more may wait for the device; a connection for which too much does is cut. */
export function hasRoom({ conn }: Pick<Client, 'conn'>): boolean {
  if (conn.writableLength <= MAX_WAITING_BYTES) return true;
  conn.destroy(new Error('it does not read what is sent to it'));
  return false;
}
