import {
  type Ack,
  type BatchHeader,
  joinEvents,
  maxBatchBytes,
  type ReportedStream,
  type StreamKey,
  type StreamOrder,
  type StreamState,
} from '@skerry/contracts';
import type { Logger } from '@skerry/kit';
import type { OutboxBatch, OutboxRange, OutboxReader } from '@skerry/kit/outbox';
import type { AgentState, Position } from '../state/state.ts';
import { keptPosition } from './kept-position.ts';
import { movedOver, moveOver } from './move-over.ts';
import { askAnew, beginIn, follow, stateOf } from './positions.ts';
import { sameFolder } from './same-folder.ts';
import { firstNumbers, isGone, numbersOf } from './text-sums.ts';
import { fitting, type Text, textsOf } from './texts.ts';

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
  /** The same one with fewer messages: as many as fit into a packet though nothing of them can be compressed. */
  shorten(): Outgoing | undefined;
  /** Keeps what the hub has: first in the state, if that has room, then the folder's space is given back. */
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
  readonly logger: Logger;
  /** Who speaks in the drop notices. */
  readonly source: string;
}

export function streamUplink(options: StreamUplinkOptions): StreamUplink {
  const { key, reader, state, remembered, logger, source } = options;
  const kept = keptPosition(state, remembered, logger);
  const isSameFolder = sameFolder(reader);
  let range: OutboxRange | undefined;
  /** One above the highest number that was seen. */
  let end = 0;
  /** What was read last, from the first unacknowledged number on. */
  let sent: Text[] | undefined;

  /** What is given back may be the room in which a full disk keeps how far it was. */
  const release = async () => {
    if (kept.now && (await reader.release(kept.now.acknowledged)) > 0) kept.saveAgain();
  };

  /** Gaps are read alone, and are told with what lies behind them. */
  const readPastGaps = async (from: number): Promise<OutboxBatch> => {
    const { records, gaps, next } = await reader.read(from, maxBatchBytes);
    if (records.length > 0 || next === from) return { records, gaps, next };
    const more = await reader.read(next, maxBatchBytes);
    return { ...more, gaps: [...gaps, ...more.gaps] };
  };

  const read = async (from: number, last?: number): Promise<Text[]> => {
    const batch = await readPastGaps(from);
    return textsOf(batch, from, MAX_EVENTS, { source, streamId: kept.now!.streamId }, last);
  };

  /** Seen at once: later the numbers that a disk forgot have come again, for messages that the hub has not. */
  const look = async () => {
    const found = await reader.range();
    const own = kept.now;
    if (found && own?.streamId === found.streamId && !(await isSameFolder(own, found)))
      kept.keep(beginIn(found, key, own));
    range = found;
    end = found?.next ?? end;
  };

  /** The folder was begun anew: what is in it has other numbers. */
  const leave = () => {
    range = undefined;
    sent = undefined;
    return undefined;
  };

  /** The hub has what we don't know: all that is unacknowledged goes into a new epoch. */
  const forget = (from: Position): Outcome => {
    kept.keep(askAnew(from));
    return 'anew';
  };

  /** The hub has what is gone here, and did not say so: there is nothing left to compare, and nothing was dropped. */
  const adopt = (from: Position, upTo: number, hash: string): Outcome => {
    kept.keep({ ...from, acknowledged: upTo, hash });
    return 'settled';
  };

  /**
   * Our own records up to a number that the hub has, if they are what it says they are. Where some are gone the hashes
   * say nothing: then the hub must have compared the others itself (`isCompared`), or none may be left.
   */
  const catchUp = async (
    from: Position,
    upTo: number,
    hash: string,
    isCompared = false,
  ): Promise<Outcome> => {
    const { position, someGone, allGone } = await moveOver(from, upTo, read);
    const isProven = position.acknowledged === upTo && (isCompared ? someGone : allGone);
    if (position.hash !== hash) return isProven ? adopt(from, upTo, hash) : forget(from);
    kept.keep(position);
    return 'settled';
  };

  return {
    key,
    reader,

    async state() {
      await look();
      if (!range) return undefined;
      sent = undefined;
      if (kept.now?.streamId === range.streamId) return stateOf(kept.now, range);
      const begun = beginIn(range, key, kept.now);
      kept.assume(begun);
      return stateOf(begun, range);
    },

    async obey(order) {
      if (!kept.now) return 'anew';
      sent = undefined;
      const followed = follow(kept.now, order, range);
      if ('catchUpTo' in followed) return catchUp(kept.now, followed.catchUpTo, order.hash);
      kept.keep(followed.position);
      return 'settled';
    },

    async next() {
      const position = kept.now;
      if (!position || position.epoch === 0) return undefined;
      sent ??= await read(position.acknowledged + 1);
      if ((reader.streamId ?? position.streamId) !== position.streamId) return leave();
      if (sent.length === 0) {
        sent = undefined;
        await release();
        return undefined;
      }
      end = Math.max(end, position.acknowledged + 1 + numbersOf(sent));
      return outgoing(position, sent);
    },

    shorten() {
      if (!kept.now || !sent) return undefined;
      sent = fitting(sent);
      return { ...outgoing(kept.now, sent), full: true };
    },

    async acknowledge({ epoch, acknowledged, hash, retryAfterMs }) {
      const before = kept.now;
      if (!before || epoch !== before.epoch) return 'anew';
      const upTo = acknowledged + before.base;
      const texts = sent;
      if (upTo === before.acknowledged) return 'settled';
      if (!texts || upTo < before.acknowledged) return 'anew';
      const taken = firstNumbers(texts, upTo - before.acknowledged);
      const moved = taken && movedOver(before, taken);
      const isProven = moved?.hash === hash;
      // Nothing was compared: after the pause it is sent again.
      if (!isProven && retryAfterMs !== undefined) return 'settled';
      if (isProven) {
        kept.keep(moved);
      } else {
        const isCompared = upTo <= before.acknowledged + numbersOf(texts);
        if (!texts.some(isGone) || (await catchUp(before, upTo, hash, isCompared)) === 'anew') return 'anew';
      }
      sent = undefined;
      await release();
      return 'settled';
    },

    get isSettled() {
      return kept.now !== undefined && kept.now.epoch > 0 && range?.streamId === kept.now.streamId;
    },
    summary() {
      const { acknowledged = 0, dropped = 0 } = kept.now ?? {};
      return { acknowledged, waiting: Math.max(0, end - 1 - acknowledged), dropped };
    },
    refresh: look,
  };
}

function outgoing(from: Position, sent: readonly Text[]): Outgoing {
  const { producer, stream, epoch, acknowledged, base } = from;
  const body = joinEvents(sent.map(({ text }) => text));
  const full = sent.length === MAX_EVENTS || body.length > maxBatchBytes / 2;
  const first = acknowledged + 1 - base;
  return { header: { producer, stream, epoch, first, count: sent.length }, body, full };
}
