import type { Entry } from './books.ts';
import type { Ledger } from './ledger.ts';
import type { WireNumbers } from './wire-numbers.ts';

/** When each message was promised that a notice stands for. */
export function promisedUnder(
  { runs }: Ledger,
  numbers: WireNumbers,
  notice: Pick<Entry, 'stream' | 'epoch' | 'first' | 'last'>,
): number[] {
  return runs
    .filter(({ stream }) => stream === notice.stream)
    .flatMap(({ stream, streamId, local, times }) =>
      numbers
        .locals(stream, streamId, notice)
        .flatMap(({ first, last }) => times.slice(Math.max(0, first - local), Math.max(0, last - local + 1))),
    );
}
