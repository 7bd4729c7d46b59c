import { closest, distance } from 'fastest-levenshtein';

/** The known word that a wrong one was most likely meant to be, if any is near enough to suggest. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  if (known.length === 0) return undefined;
  const lower = word.toLowerCase();
  const best = closest(lower, known.map(lowered));
  const found = known.find((it) => lowered(it) === best);
  return distance(lower, best) <= allowed(word) ? found : undefined;
}

/** ` (did you mean "x"?)`, or nothing. */
export function didYouMean(word: string, known: readonly string[]): string {
  const found = nearest(word, known);
  return found === undefined ? '' : ` (did you mean "${found}"?)`;
}

const lowered = (word: string) => word.toLowerCase();

/** Two mistakes (letters swapped count as two), more in a long word, never the whole of a short one. */
const allowed = (word: string) => Math.min(word.length - 1, Math.max(2, Math.floor(word.length / 3)));
