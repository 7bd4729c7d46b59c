import {
  type BatchHeader,
  type DeviceEventData,
  type DroppedData,
  deviceEventData,
  droppedData,
  event,
  eventTypes,
  maxEventBytes,
} from '@skerry/contracts';
import type { z } from 'zod';
import { hasNul } from '../db/nul.ts';
import type { DropNoticeRow, MessageRow } from '../telemetry/tables.ts';
import type { StreamId } from './store.ts';

/** What stands under one number of a stream, or, as a notice, under all from `number` to `last`. */
export type Entry = { readonly number: number; readonly last: number; readonly text: string } & (
  | { readonly kind: 'message'; readonly row: MessageRow; readonly told?: DeviceEventData }
  | { readonly kind: 'notice'; readonly row: DropNoticeRow }
);

/**
 * The entries of a batch. An event that is none, or cannot be kept, becomes the hub's own drop notice: it would be
 * no better the next time, and must not keep those behind it waiting for ever.
 */
export function readEvents(
  id: StreamId,
  { epoch, first }: BatchHeader,
  events: readonly ParsedEvent[],
  receivedAt: string,
): Entry[] {
  const under = (number: number) => ({
    device_id: id.deviceId,
    producer: id.producer,
    stream: id.stream,
    epoch,
    project_id: id.projectId,
    number,
  });
  let number = first;
  return events.map((event) => {
    const entry = readEntry(under(number), event, receivedAt);
    number = entry.last + 1;
    return entry;
  });
}

function readEntry(at: At, { text, event: read }: ParsedEvent, receivedAt: string): Entry {
  const one = { number: at.number, last: at.number, text };
  if (!read) return { kind: 'notice', ...one, row: corruptNotice(at, receivedAt) };
  if (read.type === eventTypes.dropped) return deviceNotice(at, read, text, receivedAt);
  return { kind: 'message', ...one, row: messageRow(at, read, text, receivedAt), ...toldBy(read) };
}

type Event = z.output<typeof event>;

/** An event's own text, and what it says; undefined where it is none, or cannot be kept. */
export interface ParsedEvent {
  readonly text: string;
  readonly event: Event | undefined;
}

export function parseEvent(text: string): ParsedEvent {
  if (Buffer.byteLength(text) > maxEventBytes) return { text, event: undefined };
  try {
    const read = event.parse(JSON.parse(text));
    return { text, event: isKeepable(read) ? read : undefined };
  } catch {
    return { text, event: undefined };
  }
}

const isKeepable = ({ source, id, type }: Event) => !hasNul(source) && !hasNul(id) && !hasNul(type);

type At = Omit<MessageRow, 'source' | 'event_id' | 'type' | 'time' | 'received_at' | 'body'>;

function messageRow(at: At, { source, id, type, time }: Event, body: string, receivedAt: string): MessageRow {
  return {
    ...at,
    source,
    event_id: id,
    type,
    time: sortable(time ?? receivedAt),
    received_at: receivedAt,
    body,
  };
}

/** Most have milliseconds already, as `toISOString` would write them. */
const sortable = (time: string) => (time.length === WITH_MILLISECONDS ? time : new Date(time).toISOString());
const WITH_MILLISECONDS = '2026-01-01T00:00:00.000Z'.length;

function toldBy({ type, data }: Event): { told?: DeviceEventData } {
  const parsed = type === eventTypes.deviceEvent ? deviceEventData.safeParse(data) : undefined;
  return parsed?.success ? { told: parsed.data } : {};
}

function deviceNotice(at: At, { data }: Event, text: string, receivedAt: string): Entry {
  const parsed = droppedData.safeParse(data);
  const row: DropNoticeRow = parsed.success
    ? { ...corruptNotice(at, receivedAt), ...told(at, parsed.data) }
    : corruptNotice(at, receivedAt);
  return { kind: 'notice', number: at.number, last: row.last_number, text, row };
}

/** A device's notice stands for as many numbers as messages are gone. */
function told({ number }: At, { count, ids = [], why }: DroppedData): Partial<DropNoticeRow> {
  const last_number = number + count - 1;
  return { last_number, count, ids: JSON.stringify(ids), reason: why, written_by: 'device' };
}

function corruptNotice({ number, ...at }: At, receivedAt: string): DropNoticeRow {
  return {
    ...at,
    first_number: number,
    last_number: number,
    count: 1,
    ids: '[]',
    reason: 'corrupt',
    written_by: 'hub',
    at: receivedAt,
  };
}
