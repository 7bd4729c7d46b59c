/** Something that happens at a moment of simulated time. */
export interface Happening {
  readonly at: number;
  /** Of two at one moment the one that was planned first happens first. */
  readonly order: number;
  /** Undefined once it was called off. */
  run: (() => void) | undefined;
}

const before = (a: Happening, b: Happening) => a.at < b.at || (a.at === b.at && a.order < b.order);

/** What is to happen, the earliest first: a binary heap. */
export interface EventHeap {
  readonly size: number;
  push(happening: Happening): void;
  peek(): Happening | undefined;
  pop(): Happening | undefined;
}

export function eventHeap(): EventHeap {
  const items: Happening[] = [];

  const rise = (from: number) => {
    const item = items[from]!;
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!before(item, items[parent]!)) break;
      items[at] = items[parent]!;
      at = parent;
    }
    items[at] = item;
  };

  const sink = () => {
    const item = items[0]!;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= items.length) break;
      if (child + 1 < items.length && before(items[child + 1]!, items[child]!)) child += 1;
      if (!before(items[child]!, item)) break;
      items[at] = items[child]!;
      at = child;
    }
    items[at] = item;
  };

  return {
    get size() {
      return items.length;
    },
    push(happening) {
      items.push(happening);
      rise(items.length - 1);
    },
    peek: () => items[0],
    pop() {
      const first = items[0];
      const last = items.pop();
      if (first !== last && last) {
        items[0] = last;
        sink();
      }
      return first;
    },
  };
}
