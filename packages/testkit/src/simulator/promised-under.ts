import type { Entry } from './books.ts';
import type { Ledger } from './ledger.ts';
import type { WireNumbers } from './wire-numbers.ts';

/** When the youngest message was promised that a notice stands for; undefined where it stands for none. */
export function promisedUnder(
  { runs }: Ledger,
  numbers: WireNumbers,
  notice: Pick<Entry, 'stream' | 'epoch' | 'first' | 'last'>,
): number | undefined {
  const times = runs
    .filter(({ stream }) => stream === notice.stream)
    .flatMap(({ stream, streamId, local, times }) =>
      numbers.locals(stream, streamId, notice).map(({ first, last }) => {
        const youngest = Math.min(last - local, times.length - 1);
        return youngest >= Math.max(0, first - local) ? times[youngest] : undefined;
      }),
    )
    .filter((time) => time !== undefined);
  return times.length > 0 ? Math.max(...times) : undefined;
}
