/** Which numbers of one stream and epoch the hub has seen, as messages or by notices. */
export interface Coverage {
  add(first: number, last: number): void;
  /** All from 1 to this one are covered. */
  readonly upTo: number;
  copy(): Coverage;
}

export function coverage(from = 0, known: readonly { first: number; last: number }[] = []): Coverage {
  let upTo = from;
  const ahead = [...known];
  return {
    copy: () => coverage(upTo, ahead),
    get upTo() {
      return upTo;
    },
    add(first, last) {
      if (last <= upTo) return;
      if (first <= upTo + 1 && ahead.length === 0) {
        upTo = last;
        return;
      }
      ahead.push({ first, last });
      ahead.sort((a, b) => a.first - b.first);
      while (ahead[0] && ahead[0].first <= upTo + 1) upTo = Math.max(upTo, ahead.shift()!.last);
    },
  };
}
