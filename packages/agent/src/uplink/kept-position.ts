import type { Logger } from '@skerry/kit';
import type { AgentState, Position } from '../state/state.ts';

/** How far a stream was delivered: as it is known, and as it outlives this process. */
export interface KeptPosition {
  readonly now: Position | undefined;
  /** Nothing has to remember it yet. */
  assume(next: Position): void;
  /** Throws where it cannot be saved, and must not stay behind. */
  keep(next: Position): void;
  /** Tries again where it could not be saved: there may be room now. */
  saveAgain(): void;
}

export function keptPosition(
  state: Pick<AgentState, 'savePosition'>,
  remembered: Position | undefined,
  logger: Logger,
): KeptPosition {
  let now = remembered;
  let saved = remembered;
  /** The hub went on from before what was known then: what is saved has hashes over what it does not have. */
  let wasSetBack = false;

  const save = (next: Position) => {
    try {
      state.savePosition(next);
      saved = next;
      wasSetBack = false;
    } catch (error) {
      if (!mayLag(saved, next, wasSetBack)) throw error;
      const { producer, stream } = next;
      logger.warn('how far a stream was delivered could not be kept', { producer, stream, error });
    }
  };

  return {
    get now() {
      return now;
    },
    assume(next) {
      now = next;
    },
    keep(next) {
      wasSetBack ||= isSameNumbering(now, next) && next.acknowledged < now.acknowledged;
      now = next;
      save(next);
    },
    saveAgain() {
      if (now && saved !== now) save(now);
    },
  };
}

/**
 * Whether what is saved may stay behind for want of room. The hub tells in the next session what is not remembered
 * of the same numbering, or of one that it began; of a numbering before the hub's, or of hashes that it does not have, it
 * would think that it is a copy's.
 */
const mayLag = (saved: Position | undefined, next: Position, wasSetBack: boolean) =>
  next.epoch === 0 || saved?.streamId !== next.streamId || (isSameNumbering(saved, next) && !wasSetBack);

const isSameNumbering = (one: Position | undefined, other: Position): one is Position =>
  one?.streamId === other.streamId && one.epoch === other.epoch && one.base === other.base;
