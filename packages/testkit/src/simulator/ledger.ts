import type { StreamName } from '@skerry/contracts';

/** Event ids tell the stream and the number that the source gave. */
export const messageId = (stream: StreamName, number: number) => `${stream}-${number}`;

export function parseMessageId(id: string): { stream: StreamName; number: number } | undefined {
  const [, stream, number] = /^(alarm|result|telemetry)-(\d+)$/.exec(id) ?? [];
  return stream === undefined ? undefined : { stream: stream as StreamName, number: Number(number) };
}

/** Where a message lies in an outbox: a stream's folder, by its id, and the local number. */
export interface Place {
  readonly streamId: string;
  readonly local: number;
}

/** Messages whose sources were told that they are safe; both numbers rise together by one. */
export interface Run extends Place {
  readonly stream: StreamName;
  /** The first one's number by its source; `local` is the same one's in the folder. */
  readonly number: number;
  /** When each was promised, ms since the history began. */
  readonly times: readonly number[];
  /** Place among all runs of its machine. */
  readonly order: number;
}

/** What the sources of one machine were told. */
export interface Ledger {
  /** In the order in which it was promised, without what was forgiven. */
  readonly runs: readonly Run[];
  /** Messages, those forgiven too. */
  readonly promised: number;
  promise(stream: StreamName, number: number, place: Place, now: number): void;
  /** To be given to `forgive`. */
  mark(): number;
  /** What was promised since may be gone: the disk that had it is. */
  forgive(since: number): void;
}

export function openLedger(): Ledger {
  const runs: (Omit<Run, 'times'> & { readonly times: number[] })[] = [];
  const newest = new Map<StreamName, (typeof runs)[number]>();
  let promised = 0;
  let begun = 0;
  return {
    runs,
    get promised() {
      return promised;
    },
    promise(stream, number, { streamId, local }, now) {
      promised += 1;
      const run = newest.get(stream);
      const count = run?.times.length ?? 0;
      if (run?.streamId === streamId && number === run.number + count && local === run.local + count) {
        run.times.push(now);
        return;
      }
      const next = { stream, number, streamId, local, times: [now], order: begun++ };
      runs.push(next);
      newest.set(stream, next);
    },
    mark() {
      newest.clear();
      return begun;
    },
    forgive(since) {
      newest.clear();
      while ((runs.at(-1)?.order ?? -1) >= since) runs.pop();
    },
  };
}
