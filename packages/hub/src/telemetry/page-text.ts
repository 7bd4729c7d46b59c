import type { Dated } from './dating/date.ts';
import type { DatableRow } from './dating/service.ts';
import type { MessageRow } from './tables.ts';

/** What a page says of a message. */
export type PageRow = DatableRow & Pick<MessageRow, 'time'>;

/**
 * The JSON of a page of stored messages. Events go in as the text that they came as, and were checked as when they
 * came: reading and writing 5,000 of them again would keep every device waiting for tens of milliseconds.
 */
export function pageText(items: readonly string[], next: string | undefined): string {
  return `{"items":[${items.join(',')}]${next === undefined ? '' : `,"next":${JSON.stringify(next)}`}}`;
}

/** Some of a page's items. */
export function itemsText(rows: readonly PageRow[], dates: ReadonlyMap<DatableRow, Dated>): string {
  return rows.map((row) => messageText(row, dates.get(row))).join(',');
}

function messageText(row: PageRow, dated: Dated | undefined): string {
  const { producer, stream, epoch, number, received_at, time, body } = row;
  const date = dated ?? { time, timeKnown: true };
  const place = { producer, stream, epoch, number, receivedAt: received_at, ...date };
  return `${JSON.stringify(place).slice(0, -1)},"event":${body}}`;
}
