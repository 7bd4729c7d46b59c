import type { Entry } from './books.ts';
import { type Spans, spans } from './spans.ts';

/** What the hub has under the numbers of every stream and epoch: messages, and notices. */
export interface HubNumbers {
  /** What is wrong with it; `mayReturn`: hub or device were set back, and bring what had been given up. */
  take(entry: Entry, mayReturn: boolean): string | undefined;
  /** What it has now, to go back to. */
  remember(): () => void;
}

interface Numbers {
  readonly messages: Spans;
  readonly notices: Spans;
}

export function hubNumbers(): HubNumbers {
  let known = new Map<string, Numbers>();
  /** Most follow on one of the same stream. */
  let latest: { readonly entry: Entry; readonly numbers: Numbers } | undefined;

  const of = (entry: Entry): Numbers => {
    if (latest && isSame(latest.entry, entry)) return latest.numbers;
    const numbers = find(entry);
    latest = { entry, numbers };
    return numbers;
  };
  const find = ({ device_id, producer, stream, epoch }: Entry): Numbers => {
    const key = `${device_id} ${producer}/${stream} ${epoch}`;
    const numbers = known.get(key) ?? { messages: spans(), notices: spans() };
    known.set(key, numbers);
    return numbers;
  };

  return {
    take(entry, mayReturn) {
      const { messages, notices } = of(entry);
      const { what, first, last } = entry;
      if (what === 'moved') return gapIn({ messages, notices }, entry);
      const isNotice = what === 'notice';
      (isNotice ? notices : messages).add(first, last);
      if (isNotice && messages.meets(first, last)) return `${nameOf(entry)} has a notice over a message`;
      return !isNotice && !mayReturn && notices.meets(first, last)
        ? `${nameOf(entry)} has a message under a notice`
        : undefined;
    },
    remember() {
      const copy = (all: typeof known) =>
        new Map(
          [...all].map(([key, it]) => [key, { messages: it.messages.copy(), notices: it.notices.copy() }]),
        );
      const kept = copy(known);
      return () => {
        known = copy(kept);
        latest = undefined;
      };
    },
  };
}

/** Every number below the next one is a message or covered by a notice. */
function gapIn({ messages, notices }: Numbers, entry: Entry): string | undefined {
  for (const { first, last } of messages.lacks(1, entry.last))
    for (const gap of notices.lacks(first, last))
      return `${nameOf({ ...entry, first: gap.first })} is neither message nor notice, and the hub is at ${entry.last + 1}`;
  return undefined;
}

const isSame = (a: Entry, b: Entry) =>
  a.epoch === b.epoch && a.device_id === b.device_id && a.stream === b.stream && a.producer === b.producer;

const nameOf = ({ producer, stream, epoch, first }: Entry) =>
  `number ${first} of ${producer}/${stream} in epoch ${epoch}`;
