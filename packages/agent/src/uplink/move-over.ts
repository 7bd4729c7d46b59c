import type { Position } from '../state/state.ts';
import { droppedIn, hashOver, isGone, knownAt, numbersOf } from './text-sums.ts';
import type { Text } from './texts.ts';

export interface Moved {
  readonly position: Position;
  /** Of what it was moved over. */
  readonly someGone: boolean;
  readonly allGone: boolean;
}

/** Moves a position over our own records up to a number, as far as there are any. */
export async function moveOver(
  from: Position,
  upTo: number,
  read: (first: number, last: number) => Promise<Text[]>,
): Promise<Moved> {
  let position = from;
  let someGone = false;
  let allGone = true;
  while (position.acknowledged < upTo) {
    const texts = await read(position.acknowledged + 1, upTo);
    if (texts.length === 0) break;
    someGone ||= texts.some(isGone);
    allGone &&= texts.every(isGone);
    position = movedOver(position, texts);
  }
  return { position, someGone, allGone };
}

/** Where delivery stands once the hub has these texts, which lie behind what it has. */
export function movedOver(position: Position, texts: readonly Text[]): Position {
  const acknowledged = position.acknowledged + numbersOf(texts);
  return {
    ...position,
    acknowledged,
    hash: hashOver(position.hash, texts),
    dropped: position.dropped + droppedIn(texts),
    known: knownAt(acknowledged, texts) ?? position.known,
  };
}
