/** First and last included. */
export interface Range {
  readonly first: number;
  readonly last: number;
}

/** A set of whole numbers, kept as ranges: most numbers follow one on another. */
export interface Spans {
  add(first: number, last?: number): void;
  has(number: number): boolean;
  /** Whether it has any of these. */
  meets(first: number, last: number): boolean;
  /** What of `first` to `last` it has not, ascending. */
  lacks(first: number, last: number): Range[];
  ranges(): readonly Range[];
  copy(): Spans;
}

export const spans = (): Spans => spansOf([]);

function spansOf(ranges: Range[]): Spans {
  /** Index of the first range that ends at `number` or behind it. */
  const from = (number: number): number => {
    if (number > (ranges.at(-1)?.last ?? Number.NEGATIVE_INFINITY)) return ranges.length;
    let [low, high] = [0, ranges.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (ranges[middle]!.last < number) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  const meets = (first: number, last: number) => (ranges[from(first)]?.first ?? Infinity) <= last;

  return {
    add(first, last = first) {
      const at = from(first - 1);
      let end = at;
      let joined: Range = { first, last };
      for (; end < ranges.length && ranges[end]!.first <= last + 1; end++) {
        const range = ranges[end]!;
        joined = { first: Math.min(joined.first, range.first), last: Math.max(joined.last, range.last) };
      }
      if (end === at + 1) ranges[at] = joined;
      else ranges.splice(at, end - at, joined);
    },
    has: (number) => meets(number, number),
    meets,
    lacks(first, last) {
      const gaps: Range[] = [];
      let next = first;
      for (let at = from(first); at < ranges.length && ranges[at]!.first <= last; at++) {
        if (ranges[at]!.first > next) gaps.push({ first: next, last: ranges[at]!.first - 1 });
        next = ranges[at]!.last + 1;
      }
      if (next <= last) gaps.push({ first: next, last });
      return gaps;
    },
    ranges: () => ranges,
    copy: () => spansOf([...ranges]),
  };
}
