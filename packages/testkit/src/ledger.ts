import type { DropNotice, StoredMessage } from '@skerry/contracts';

/** What one side promised and the other side holds, by id. */
export interface Books {
  /** Ids that the source was told are safe. */
  readonly promised: Iterable<string>;
  /** Every message in the hub, repeats included. */
  readonly held: readonly Pick<StoredMessage, 'event'>[];
  readonly notices: readonly Pick<DropNotice, 'ids'>[];
}

export interface Verdict {
  readonly promised: number;
  readonly held: number;
  /** Promised, neither held nor accounted for by a drop notice. */
  readonly lost: readonly string[];
  /** Held more than once. */
  readonly twice: readonly string[];
  /** Promised and gone, as a drop notice says. */
  readonly dropped: readonly string[];
  /** Held though never promised: allowed, since a promise may be lost on its way to the source. */
  readonly unasked: readonly string[];
}

/** What must not be: nothing lost, nothing twice, nothing dropped. */
export type Flaws = Pick<Verdict, 'lost' | 'twice' | 'dropped'>;
export const flawless: Flaws = { lost: [], twice: [], dropped: [] };

export function flawsOf({ lost, twice, dropped }: Verdict): Flaws {
  return { lost, twice, dropped };
}

/** The judge of the fault stories. Messages are told apart by `identify`; by source and id if nothing is said. */
export function judge(
  { promised, held, notices }: Books,
  identify: (event: StoredMessage['event']) => string = ({ source, id }) => `${source} ${id}`,
): Verdict {
  const wanted = new Set(promised);
  const ids = held.map(({ event }) => identify(event));
  const present = new Set(ids);
  const excused = new Set(notices.flatMap((notice) => notice.ids));
  const missing = [...wanted].filter((id) => !present.has(id));
  return {
    promised: wanted.size,
    held: ids.length,
    lost: missing.filter((id) => !excused.has(id)),
    twice: [...repeated(ids)],
    dropped: missing.filter((id) => excused.has(id)),
    unasked: [...present].filter((id) => !wanted.has(id)),
  };
}

function repeated(ids: readonly string[]): Set<string> {
  const seen = new Set<string>();
  return new Set(ids.filter((id) => seen.size === seen.add(id).size));
}
