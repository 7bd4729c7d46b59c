import {
  emptyStreamHash,
  type FormerEpoch,
  type StreamKey,
  type StreamOrder,
  type StreamState,
} from '@skerry/contracts';
import type { OutboxRange } from '@skerry/kit/outbox';
import type { Position } from '../state/state.ts';

/**
 * Where delivery of a folder begins of which what is remembered says nothing, since that is of another folder, of
 * numbers that this one never reached, or of ones that it has given to other messages since: the hub is asked for a new
 * epoch, for all that lies in the folder, and told how far the former one came.
 */
export function beginIn(range: OutboxRange, key: StreamKey, remembered: Position | undefined): Position {
  const { producer, stream } = key;
  const { streamId, first } = range;
  const before = { base: first - 1, acknowledged: first - 1, hash: emptyStreamHash };
  const dropped = remembered?.dropped ?? 0;
  return { producer, stream, streamId, epoch: 0, ...before, dropped, former: formerOf(remembered) };
}

/** Asked for twice, it is still the one before the first time. */
function formerOf(position: Position | undefined): FormerEpoch | undefined {
  if (!position || position.epoch === 0) return position?.former;
  return { epoch: position.epoch, acknowledged: position.acknowledged - position.base };
}

/** What hello says of a stream. */
export function stateOf(position: Position, range: OutboxRange): StreamState {
  const { producer, stream, epoch, base, acknowledged, hash, former } = position;
  const onWire = (local: number) => Math.max(1, local - base);
  return {
    producer,
    stream,
    epoch,
    lowest: onWire(range.first),
    next: onWire(range.next),
    acknowledged: acknowledged - base,
    hash,
    ...(former && { former }),
  };
}

export type Followed =
  | { readonly position: Position }
  /** The hub has more than was acknowledged: true once our own records up to there give the order's hash. */
  | { readonly catchUpTo: number };

/** What an order of the hub makes of a position (DESIGN §6, Streams). */
export function follow(position: Position, order: StreamOrder, range: OutboxRange | undefined): Followed {
  const { epoch, expected, hash } = order;
  if (epoch !== position.epoch) {
    const from = order.all && range ? beforeAll(position, range) : position;
    return { position: numberedIn(from, epoch, from.acknowledged - (expected - 1), hash) };
  }
  const held = position.base + expected - 1;
  return held > position.acknowledged
    ? { catchUpTo: held }
    : { position: { ...position, acknowledged: held, hash } };
}

/** Nothing that is still there passes for acknowledged. */
const beforeAll = (position: Position, { first }: OutboxRange): Position => ({
  ...position,
  acknowledged: Math.min(position.acknowledged, first - 1),
});

const numberedIn = (position: Position, epoch: number, base: number, hash: string): Position => ({
  ...position,
  epoch,
  base,
  hash,
  former: undefined,
});

/** A position that asks the hub for a new epoch, in which what is unacknowledged is numbered from 1. */
export function askAnew(position: Position): Position {
  return { ...numberedIn(position, 0, position.acknowledged, emptyStreamHash), former: formerOf(position) };
}
