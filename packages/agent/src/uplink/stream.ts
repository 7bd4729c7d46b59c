import {
  type Ack,
  type BatchHeader,
  joinEvents,
  maxBatchBytes,
  nextStreamHash,
  type ReportedStream,
  type StreamKey,
  type StreamOrder,
  type StreamState,
} from '@skerry/contracts';
import type { OutboxRange, OutboxReader } from '@skerry/kit/outbox';
import type { AgentState, Position } from '../state/state.ts';
import { askAnew, follow, positionIn, stateOf } from './positions.ts';
import { textsOf } from './texts.ts';

const MAX_EVENTS = 5000;

export interface Outgoing {
  readonly header: Omit<BatchHeader, 'session'>;
  readonly body: string;
  /** More lies behind it already. */
  readonly full: boolean;
}

/** `settled`: the position holds. `anew`: hub and device do not agree; a new hello settles it. */
export type Outcome = 'settled' | 'anew';

/** Delivery of one stream's folder. One call at a time. */
export interface StreamUplink {
  readonly key: StreamKey;
  readonly reader: OutboxReader;
  /** What hello says; undefined while the folder holds nothing. */
  state(): Promise<StreamState | undefined>;
  obey(order: StreamOrder): Promise<Outcome>;
  /** The next batch, undefined when nothing waits. Until its acknowledgement it is the same one. */
  next(): Promise<Outgoing | undefined>;
  /** Keeps what the hub has: first in the state, then the folder's space is given back. */
  acknowledge(ack: Ack): Promise<Outcome>;
  /** Hub and device agree on where this folder stands, as of the last look. */
  readonly isSettled: boolean;
  /** As of the last look. */
  summary(): ReportedStream;
  refresh(): Promise<void>;
}

export interface StreamUplinkOptions {
  readonly key: StreamKey;
  readonly reader: OutboxReader;
  readonly state: AgentState;
  readonly remembered: Position | undefined;
  /** Who speaks in the drop notices. */
  readonly source: string;
}

export function streamUplink({ key, reader, state, remembered, source }: StreamUplinkOptions): StreamUplink {
  let position = remembered;
  let range: OutboxRange | undefined;
  /** What was read last, from the first unacknowledged number on. */
  let sent: { texts: string[]; notices: number } | undefined;

  const keep = (next: Position) => {
    position = next;
    state.savePosition(next);
  };

  const read = async (from: number, limit: number) => {
    const batch = await reader.read(from, maxBatchBytes);
    return textsOf(batch, from, limit, source, position!.streamId);
  };

  const look = async () => {
    range = (await reader.range()) ?? range;
  };

  /** Our own records up to a number that the hub has, if they are what it says they are. */
  const catchUp = async (from: Position, upTo: number, hash: string): Promise<Outcome> => {
    let { acknowledged, hash: own, dropped } = from;
    while (acknowledged < upTo) {
      const { texts, notices } = await read(acknowledged + 1, Math.min(MAX_EVENTS, upTo - acknowledged));
      if (texts.length === 0) break;
      own = texts.reduce(nextStreamHash, own);
      acknowledged += texts.length;
      dropped += notices;
    }
    if (own !== hash) {
      keep(askAnew(from));
      return 'anew';
    }
    keep({ ...from, acknowledged, hash, dropped });
    return 'settled';
  };

  return {
    key,
    reader,

    async state() {
      await look();
      if (!range) return undefined;
      position = positionIn(range, key, position);
      sent = undefined;
      return stateOf(position, range);
    },

    async obey(order) {
      if (!position) return 'anew';
      sent = undefined;
      const followed = follow(position, order);
      if ('catchUpTo' in followed) return catchUp(position, followed.catchUpTo, order.hash);
      keep(followed.position);
      return 'settled';
    },

    async next() {
      if (!position || position.epoch === 0) return undefined;
      sent ??= await read(position.acknowledged + 1, MAX_EVENTS);
      const { texts } = sent;
      if (texts.length === 0) {
        sent = undefined;
        return undefined;
      }
      const { producer, stream, epoch, acknowledged, base } = position;
      const first = acknowledged + 1 - base;
      const body = joinEvents(texts);
      const full = texts.length === MAX_EVENTS || body.length > maxBatchBytes / 2;
      return { header: { producer, stream, epoch, first, count: texts.length }, body, full };
    },

    async acknowledge({ epoch, acknowledged, hash }) {
      if (!position || epoch !== position.epoch) return 'anew';
      const count = acknowledged + position.base - position.acknowledged;
      if (count === 0) return 'settled';
      if (!sent || count < 0 || count > sent.texts.length) return 'anew';
      if (sent.texts.slice(0, count).reduce(nextStreamHash, position.hash) !== hash) return 'anew';
      const notices = count === sent.texts.length ? sent.notices : 0;
      sent = undefined;
      keep({
        ...position,
        acknowledged: position.acknowledged + count,
        hash,
        dropped: position.dropped + notices,
      });
      await reader.release(position.acknowledged);
      return 'settled';
    },

    get isSettled() {
      return position !== undefined && position.epoch > 0 && range?.streamId === position.streamId;
    },
    summary() {
      const acknowledged = position?.acknowledged ?? 0;
      const waiting = Math.max(0, (range?.next ?? 0) - 1 - acknowledged);
      return { acknowledged, waiting, dropped: position?.dropped ?? 0 };
    },
    refresh: look,
  };
}
