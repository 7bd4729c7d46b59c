import { emptyStreamHash, nextStreamHash } from '@skerry/contracts';
import type { KnownMessage } from '../state/state.ts';
import type { Text } from './texts.ts';

export const isGone = ({ dropped }: Text) => dropped !== undefined;

export const numbersOf = (texts: readonly Text[]) => texts.reduce((sum, { numbers }) => sum + numbers, 0);
export const droppedIn = (texts: readonly Text[]) => numbersOf(texts.filter(isGone));
export const hashOver = (before: string, texts: readonly Text[]) =>
  texts.reduce((hash, { text }) => nextStreamHash(hash, text), before);

export const hashOf = (text: string) => nextStreamHash(emptyStreamHash, text);

/** What the last of these texts makes known of `number`, which it has: nothing, where it is a drop notice. */
export function knownAt(number: number, texts: readonly Text[]): KnownMessage | undefined {
  const last = texts.at(-1);
  return last && !isGone(last) ? { number, hash: hashOf(last.text) } : undefined;
}

/** The texts that stand for the first so many numbers; undefined where one stands for more. */
export function firstNumbers(texts: readonly Text[], count: number): readonly Text[] | undefined {
  let left = count;
  const end = texts.findIndex(({ numbers }) => {
    if (left < numbers) return true;
    left -= numbers;
    return false;
  });
  if (left > 0) return undefined;
  return end === -1 ? texts : texts.slice(0, end);
}
