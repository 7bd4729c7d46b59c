import {
  type DroppedData,
  type Event,
  eventTypes,
  maxBatchBytes,
  maxPackedBatchBytes,
} from '@skerry/contracts';
import type { OutboxBatch, OutboxGap } from '@skerry/kit/outbox';

/** Bytes of a batch's framing: brackets, and a comma and a line break between two events. */
const FRAME_BYTES = 4;
const BETWEEN_BYTES = 2;

/** UTF-8 JSON of one event, and how many numbers it stands for: one, or all that its drop notice covers. */
export interface Text {
  readonly text: string;
  readonly numbers: number;
  /** It is a drop notice, for this reason. */
  readonly dropped?: DroppedData['why'];
}

/**
 * The texts of what was read from number `first` to `last`, at most `limit` of them and no more than a batch holds.
 * Numbers whose records are damaged or gone get a drop notice, so that the numbering stays without gaps: one for
 * all of a range that the device gave up.
 */
export function textsOf(
  { records, gaps, next }: OutboxBatch,
  first: number,
  limit: number,
  origin: Origin,
  last = next - 1,
): Text[] {
  const payloads = new Map(records.map(({ number, payload }) => [number, payload]));
  const texts: Text[] = [];
  let bytes = FRAME_BYTES;
  for (let number = first; number <= last && texts.length < limit; ) {
    const own = textOf(payloads.get(number));
    const text = own ?? noticeOf(origin, gapAt(gaps, number, last));
    bytes += Buffer.byteLength(text.text) + BETWEEN_BYTES;
    if (bytes > maxBatchBytes) break;
    texts.push(text);
    number += text.numbers;
  }
  return texts;
}

/** The first of them: as many as fit into a packet though nothing can be compressed. */
export function fitting(texts: readonly Text[]): Text[] {
  let left = maxPackedBatchBytes - GZIP_BYTES - FRAME_BYTES;
  const end = texts.findIndex(({ text }) => {
    left -= Buffer.byteLength(text) + BETWEEN_BYTES;
    return left < 0;
  });
  return end === -1 ? [...texts] : texts.slice(0, Math.max(1, end));
}

/** More than gzip's frame takes, and those of its blocks that hold bytes as they are (RFC 1951 §3.2.4). */
const GZIP_BYTES = 1024;

/** Who speaks in a drop notice, and of which folder. */
export interface Origin {
  readonly source: string;
  readonly streamId: string;
}

/** The record's text, unless it would break the framing of a batch. */
function textOf(payload: Uint8Array | undefined): Text | undefined {
  if (!payload) return undefined;
  const text = Buffer.from(payload.buffer, payload.byteOffset, payload.length).toString();
  return text.startsWith('{') && text.endsWith('}') && !text.includes('\n')
    ? { text, numbers: 1 }
    : undefined;
}

/** The gap from `number` on; of what lies in none, the record alone. */
function gapAt(gaps: OutboxBatch['gaps'], number: number, last: number): OutboxGap {
  const gap = gaps.find((it) => it.first <= number && number <= it.last);
  return gap
    ? { ...gap, first: number, last: Math.min(gap.last, last) }
    : { first: number, last: number, reason: 'corrupt' };
}

const NO_BOOT = '00000000-0000-0000-0000-000000000000';

function noticeOf({ source, streamId }: Origin, { first, last, reason }: OutboxGap): Text {
  const numbers = last - first + 1;
  const why = reason === 'missing' ? 'lost' : reason;
  const notice: Event<DroppedData> = {
    specversion: '1.0',
    id: `dropped/${streamId}/${first}`,
    source,
    type: eventTypes.dropped,
    bootid: NO_BOOT,
    bootms: 0,
    timeknown: false,
    data: { count: numbers, why },
  };
  return { text: JSON.stringify(notice), numbers, dropped: why };
}
