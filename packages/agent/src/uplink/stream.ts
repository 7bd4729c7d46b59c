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
import { askAnew, beginIn, follow, stateOf } from './positions.ts';
import { droppedIn, firstNumbers, hashOf, hashOver, isGone, knownAt, numbersOf } from './text-sums.ts';
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
  let position = remembered;
  let range: OutboxRange | undefined;
  /** One above the highest number that was seen. */
  let end = 0;
  /** What was read last, from the first unacknowledged number on. */
  let sent: Text[] | undefined;

  /** As it outlives this process. */
  let saved = remembered;

  const save = (next: Position) => {
    try {
      state.savePosition(next);
      saved = next;
    } catch (error) {
      if (!mayLag(saved, next)) throw error;
      logger.warn('how far a stream was delivered could not be kept', { ...key, error });
    }
  };
  const keep = (next: Position) => {
    position = next;
    save(next);
  };

  /** What is given back may be the room in which a full disk keeps how far it was. */
  const release = async ({ acknowledged }: Position) => {
    const freed = await reader.release(acknowledged);
    if (freed > 0 && position && saved !== position) save(position);
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
    return textsOf(batch, from, MAX_EVENTS, { source, streamId: position!.streamId }, last);
  };

  /** Whether a number of what the hub has was given to another message, since a disk forgot what it had synced. */
  const isReused = async ({ known }: Position, { first }: OutboxRange): Promise<boolean> => {
    if (!known || known.number < first) return false;
    const { records } = await reader.read(known.number, maxBatchBytes);
    const found = records.find(({ number }) => number === known.number);
    return found !== undefined && hashOf(Buffer.from(found.payload).toString()) !== known.hash;
  };
  /** Asked once: a disk forgets when the power goes, and this process with it. */
  let wasCompared = false;

  /** Seen at once: later the numbers that a disk forgot have come again, for messages that the hub has not. */
  const compare = async (own: Position, found: OutboxRange) => {
    const isShort = own.acknowledged >= found.next;
    const isOther = isShort || (!wasCompared && (await isReused(own, found)));
    wasCompared = true;
    if (isOther) keep(beginIn(found, key, own));
  };
  const look = async () => {
    const found = (await reader.range()) ?? range;
    if (found && position?.streamId === found.streamId) await compare(position, found);
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
    keep(askAnew(from));
    return 'anew';
  };

  /** The hub has what is gone here, and did not say so: there is nothing left to compare, and nothing was dropped. */
  const adopt = (from: Position, upTo: number, hash: string): Outcome => {
    keep({ ...from, acknowledged: upTo, hash });
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
    let { acknowledged, hash: own, dropped, known } = from;
    let someGone = false;
    let allGone = true;
    while (acknowledged < upTo) {
      const texts = await read(acknowledged + 1, upTo);
      if (texts.length === 0) break;
      someGone ||= texts.some(isGone);
      allGone &&= texts.every(isGone);
      own = hashOver(own, texts);
      acknowledged += numbersOf(texts);
      dropped += droppedIn(texts);
      known = knownAt(acknowledged, texts) ?? known;
    }
    const isProven = acknowledged === upTo && (isCompared ? someGone : allGone);
    if (own !== hash) return isProven ? adopt(from, upTo, hash) : forget(from);
    keep({ ...from, acknowledged, hash, dropped, known });
    return 'settled';
  };

  return {
    key,
    reader,

    async state() {
      await look();
      if (!range) return undefined;
      if (position?.streamId !== range.streamId) position = beginIn(range, key, position);
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
      sent ??= await read(position.acknowledged + 1);
      if ((reader.streamId ?? position.streamId) !== position.streamId) return leave();
      if (sent.length === 0) {
        sent = undefined;
        await release(position);
        return undefined;
      }
      end = Math.max(end, position.acknowledged + 1 + numbersOf(sent));
      return outgoing(position, sent);
    },

    shorten() {
      if (!position || !sent) return undefined;
      sent = fitting(sent);
      return { ...outgoing(position, sent), full: true };
    },

    async acknowledge({ epoch, acknowledged, hash, retryAfterMs }) {
      if (!position || epoch !== position.epoch) return 'anew';
      const upTo = acknowledged + position.base;
      const before = position;
      const texts = sent;
      if (upTo === before.acknowledged) return 'settled';
      if (!texts || upTo < before.acknowledged) return 'anew';
      const taken = firstNumbers(texts, upTo - before.acknowledged);
      const isProven = taken !== undefined && hashOver(before.hash, taken) === hash;
      // Nothing was compared: after the pause it is sent again.
      if (!isProven && retryAfterMs !== undefined) return 'settled';
      if (isProven) {
        const dropped = before.dropped + droppedIn(taken);
        keep({ ...before, acknowledged: upTo, hash, dropped, known: knownAt(upTo, taken) ?? before.known });
      } else {
        const isCompared = upTo <= before.acknowledged + numbersOf(texts);
        if (!texts.some(isGone) || (await catchUp(before, upTo, hash, isCompared)) === 'anew') return 'anew';
      }
      sent = undefined;
      await release(position);
      return 'settled';
    },

    get isSettled() {
      return position !== undefined && position.epoch > 0 && range?.streamId === position.streamId;
    },
    summary() {
      const acknowledged = position?.acknowledged ?? 0;
      const waiting = Math.max(0, end - 1 - acknowledged);
      return { acknowledged, waiting, dropped: position?.dropped ?? 0 };
    },
    refresh: look,
  };
}

/**
 * Whether what is saved may stay behind for want of room. The hub tells in the next session what is not remembered
 * of the same numbering, or of one that it began; of a numbering before the hub's it would think that it is a copy's.
 */
const mayLag = (saved: Position | undefined, next: Position) =>
  next.epoch === 0 ||
  saved?.streamId !== next.streamId ||
  (saved.epoch === next.epoch && saved.base === next.base);

function outgoing(from: Position, sent: readonly Text[]): Outgoing {
  const { producer, stream, epoch, acknowledged, base } = from;
  const body = joinEvents(sent.map(({ text }) => text));
  const full = sent.length === MAX_EVENTS || body.length > maxBatchBytes / 2;
  const first = acknowledged + 1 - base;
  return { header: { producer, stream, epoch, first, count: sent.length }, body, full };
}
