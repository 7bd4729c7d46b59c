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

  const save = (next: Position) => {
    try {
      state.savePosition(next);
      saved = next;
    } catch (error) {
      if (!mayLag(saved, next)) throw error;
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
 * of the same numbering, or of one that it began; of a numbering before the hub's, or of a hash over what a hub that was
 * set back does not have, it would think that it is a copy's.
 */
const mayLag = (saved: Position | undefined, next: Position) =>
  next.epoch === 0 ||
  saved?.streamId !== next.streamId ||
  (saved.epoch === next.epoch && saved.base === next.base && saved.acknowledged <= next.acknowledged);
