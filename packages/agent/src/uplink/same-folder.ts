import { maxBatchBytes } from '@skerry/contracts';
import type { OutboxRange, OutboxReader } from '@skerry/kit/outbox';
import type { Position } from '../state/state.ts';
import { hashOf } from './text-sums.ts';

/** Whether numbers still stand for what was delivered under them; rejects while that cannot be read. */
export type IsSameFolder = (position: Position, range: OutboxRange) => Promise<boolean>;

/**
 * A disk that forgets leaves a folder that ends before what was delivered, or gives its numbers to other messages.
 * Those are compared once: a disk forgets when the power goes, and this process with it.
 */
export function sameFolder(reader: Pick<OutboxReader, 'read'>): IsSameFolder {
  let wasCompared = false;
  return async (position, range) => {
    const isShort = position.acknowledged >= range.next;
    const isOther = isShort || (!wasCompared && (await isReused(reader, position, range)));
    wasCompared = true;
    return !isOther;
  };
}

async function isReused(
  reader: Pick<OutboxReader, 'read'>,
  { known }: Position,
  { first }: OutboxRange,
): Promise<boolean> {
  if (!known || known.number < first) return false;
  const { records } = await reader.read(known.number, maxBatchBytes);
  const found = records.find(({ number }) => number === known.number);
  return found !== undefined && hashOf(Buffer.from(found.payload).toString()) !== known.hash;
}
