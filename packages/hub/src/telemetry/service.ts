import type { StreamSummary } from '@skerry/contracts';
import type { Db } from '../db/schema.ts';
import { hubError } from '../errors.ts';
import { deviceNamed } from '../fleet/read-model.ts';
import { dateMessages } from './dating/service.ts';
import { itemsText, pageText } from './page-text.ts';
import {
  type Arrival,
  countDistinct,
  countMessages,
  listDropNotices,
  listMessages,
  listPositions,
  type StreamCount,
} from './store.ts';
import type { DropNoticeRow } from './tables.ts';

export interface MessagePage {
  readonly stream?: string | undefined;
  /** Where the page before ended. */
  readonly after?: string | undefined;
  readonly limit: number;
}

/** Rows of a page that are read together: few enough that no device waits for long behind them. */
const ROWS_AT_ONCE = 500;

export type TelemetryService = ReturnType<typeof telemetryService>;

/** The read side of what devices sent. */
export function telemetryService(db: Db) {
  return {
    /**
     * The JSON of a page, in the order of arrival. The next page starts `after` what `next` says; at the end it says
     * where new ones will come.
     */
    async messages(
      projectId: string,
      device: string,
      { stream, after, limit }: MessagePage,
    ): Promise<string> {
      const { id } = await deviceNamed(db, projectId, device);
      const items: string[] = [];
      let last = after === undefined ? undefined : decodeCursor(after);
      for (let left = limit; left > 0; ) {
        const most = Math.min(left, ROWS_AT_ONCE);
        const rows = await listMessages(db, { deviceId: id, stream, after: last, limit: most });
        if (rows.length > 0) items.push(itemsText(rows, await dateMessages(db, id, rows)));
        last = rows.at(-1) ?? last;
        left = rows.length < most ? 0 : left - most;
      }
      return pageText(items, last && encodeCursor(last));
    },

    async streams(projectId: string, device: string): Promise<StreamSummary[]> {
      const { id } = await deviceNamed(db, projectId, device);
      const delivered = await countMessages(db, id);
      const distinct = await countDistinct(db, id);
      const notices = await listDropNotices(db, id);
      return (await listPositions(db, id)).map((position) => ({
        producer: position.producer as StreamSummary['producer'],
        stream: position.stream as StreamSummary['stream'],
        epoch: position.epoch,
        delivered: countOf(delivered, position),
        distinct: countOf(distinct, position),
        expected: position.next_number,
        dropped: notices.filter((it) => isSame(it, position)).map(noticeOf),
      }));
    },
  };
}

type Stream = Pick<StreamCount, 'producer' | 'stream'>;
const isSame = (a: Stream, b: Stream) => a.producer === b.producer && a.stream === b.stream;
const countOf = (counts: StreamCount[], stream: Stream) =>
  counts.find((it) => isSame(it, stream))?.count ?? 0;

const noticeOf = (row: DropNoticeRow): StreamSummary['dropped'][number] => ({
  epoch: row.epoch,
  first: row.first_number,
  last: row.last_number,
  why: row.reason,
  ids: JSON.parse(row.ids),
  at: row.at,
});

function encodeCursor({ received_at, producer, stream, epoch, number }: Arrival): string {
  return Buffer.from(JSON.stringify([received_at, producer, stream, epoch, number])).toString('base64url');
}

function decodeCursor(text: string): Arrival {
  try {
    const [received_at, producer, stream, epoch, number] = JSON.parse(
      Buffer.from(text, 'base64url').toString(),
    );
    const isWhole = [received_at, producer, stream].every((it) => typeof it === 'string');
    if (isWhole && Number.isSafeInteger(epoch) && Number.isSafeInteger(number))
      return { received_at, producer, stream, epoch, number };
  } catch {
    // Said below, as for any other text that is no cursor.
  }
  throw hubError('InvalidRequest', '`after` is not what `next` of a page before said', { pointer: '/after' });
}
