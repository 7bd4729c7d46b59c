import { type DroppedData, type Event, eventTypes, maxBatchBytes } from '@skerry/contracts';
import type { OutboxBatch } from '@skerry/kit/outbox';

/** Bytes of a batch's framing: brackets, and a comma and a line break between two events. */
const FRAME_BYTES = 4;
const BETWEEN_BYTES = 2;

export interface Texts {
  /** UTF-8 JSON of one event each, for the numbers from `first` on. */
  readonly texts: string[];
  /** How many of them are drop notices. */
  readonly notices: number;
}

/**
 * The texts of what was read from number `first` on, at most `limit` of them and no more than a batch holds. A number whose record is damaged or
 * gone gets a drop notice, the same one every time, so that the numbering stays without gaps.
 */
export function textsOf(
  batch: OutboxBatch,
  first: number,
  limit: number,
  source: string,
  streamId: string,
): Texts {
  const records = new Map(batch.records.map(({ number, payload }) => [number, payload]));
  const missing = (number: number) =>
    batch.gaps.some((gap) => gap.reason === 'missing' && gap.first <= number && number <= gap.last);
  const texts: string[] = [];
  let notices = 0;
  let bytes = FRAME_BYTES;
  for (let number = first; number < batch.next && texts.length < limit; number++) {
    const payload = records.get(number);
    const own = payload && eventText(payload);
    const text = own ?? noticeText(source, streamId, number, missing(number) ? 'lost' : 'corrupt');
    bytes += Buffer.byteLength(text) + BETWEEN_BYTES;
    if (bytes > maxBatchBytes) break;
    if (own === undefined) notices++;
    texts.push(text);
  }
  return { texts, notices };
}

/** The record's text, unless it would break the framing of a batch. */
function eventText(payload: Uint8Array): string | undefined {
  const text = Buffer.from(payload.buffer, payload.byteOffset, payload.length).toString();
  return text.startsWith('{') && text.endsWith('}') && !text.includes('\n') ? text : undefined;
}

const NO_BOOT = '00000000-0000-0000-0000-000000000000';

function noticeText(source: string, streamId: string, number: number, why: DroppedData['why']): string {
  const notice: Event<DroppedData> = {
    specversion: '1.0',
    id: `dropped/${streamId}/${number}`,
    source,
    type: eventTypes.dropped,
    bootid: NO_BOOT,
    bootms: 0,
    timeknown: false,
    data: { count: 1, why },
  };
  return JSON.stringify(notice);
}
