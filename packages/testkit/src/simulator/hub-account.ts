import type { StreamName } from '@skerry/contracts';
import type { Entry } from './books.ts';
import type { Ledger, Run } from './ledger.ts';
import { messageId } from './ledger.ts';
import { type Spans, spans } from './spans.ts';
import type { WireNumber, WireNumbers } from './wire-numbers.ts';

/** A drop notice in the hub. */
interface Notice extends Pick<Entry, 'epoch' | 'first' | 'last' | 'reason'> {
  /** When it was seen, ms since the history began. */
  readonly at: number;
  /** Of `epoch-lost`: the epoch that the hub went on in. All before it is gone, however much that was. */
  followedBy: number | undefined;
}

/** What the hub holds of the messages of one device's sources. */
export interface HubAccount {
  /** Messages that notices stand for. */
  readonly noticed: number;
  /** False where the hub had this message already. */
  store(stream: StreamName, number: number): boolean;
  notice(row: Entry, now: number): void;
  /** The stream goes on in this epoch. */
  moved(stream: string, epoch: number): void;
  /**
   * A copy of the device delivered before the device did, which has nothing below this local number any more: of what an
   * earlier life of the hub had of that, nobody tells (docs/backup.md).
   */
  copyCameFirst(stream: StreamName, lowest: number): void;
  /** Promised, and neither in the hub nor under a notice of exactly its number: how many, and the first. */
  lossOf(ledger: Ledger, numbers: WireNumbers): { count: number; first: string } | undefined;
  /** What it holds now, to go back to. */
  remember(): () => void;
}

/** A message whose source was told that it is safe. */
interface Promised {
  readonly stream: StreamName;
  readonly number: number;
  readonly local: number;
  readonly since: number;
  readonly under: readonly WireNumber[];
}

/** What the hub itself says of what it had before it was restored. */
const restored: readonly (string | null)[] = ['hub-restored', 'epoch-lost'];

export function hubAccount(): HubAccount {
  let stored = new Map<string, Spans>();
  let notices = new Map<string, Notice[]>();
  /** What the hub held in its earlier lives. */
  const onceStored = new Map<string, Spans>();
  const onceNoticed = new Map<string, Notice[]>();
  let noticed = 0;
  const untold = new Map<StreamName, number>();

  const isTold = (all: typeof notices, message: Promised, counts = isNotice) =>
    (all.get(message.stream) ?? []).some(
      (notice) =>
        notice.at >= message.since && counts(notice) && message.under.some((it) => covers(notice, it)),
    );
  /** A hub that was restored tells only of what it had. */
  const wasHeld = (message: Promised) =>
    onceStored.get(message.stream)?.has(message.number) || isTold(onceNoticed, message);
  const isUntold = ({ stream, local }: Promised) => local < (untold.get(stream) ?? 0);
  const isAccountedFor = (message: Promised) =>
    isTold(notices, message, ({ reason }) => !restored.includes(reason)) ||
    (wasHeld(message) && (isUntold(message) || isTold(notices, message)));

  const goBackTo = (kept: typeof stored, told: typeof notices, count: number) => {
    for (const [stream, all] of stored)
      for (const { first, last } of all.ranges()) listed(onceStored, stream, spans).add(first, last);
    for (const [stream, all] of notices) listed(onceNoticed, stream, list).push(...all);
    stored = copyOf(kept);
    notices = new Map([...told].map(([stream, all]) => [stream, [...all]]));
    noticed = count;
  };

  return {
    get noticed() {
      return noticed;
    },
    store(stream, number) {
      const numbers = listed(stored, stream, spans);
      if (numbers.has(number)) return false;
      numbers.add(number);
      return true;
    },
    notice({ stream, epoch, first, last, reason, count }, at) {
      noticed += count;
      listed(notices, stream, list).push({ epoch, first, last, reason, at, followedBy: undefined });
    },
    moved(stream, epoch) {
      for (const notice of notices.get(stream) ?? [])
        if (notice.reason === 'epoch-lost') notice.followedBy ??= epoch;
    },
    copyCameFirst(stream, lowest) {
      untold.set(stream, lowest);
    },
    lossOf({ runs }, numbers) {
      let count = 0;
      let first: string | undefined;
      for (const run of runs)
        for (const gap of lackingOf(run, stored.get(run.stream)))
          for (let number = gap.first; number <= gap.last; number++) {
            if (isAccountedFor(promisedIn(run, number, numbers))) continue;
            count += 1;
            first ??= messageId(run.stream, number);
          }
      return first === undefined ? undefined : { count, first };
    },
    remember() {
      const kept = copyOf(stored);
      const told = new Map([...notices].map(([stream, all]) => [stream, [...all]]));
      const count = noticed;
      return () => goBackTo(kept, told, count);
    },
  };
}

const promisedIn = ({ stream, streamId, number, local, times }: Run, at: number, numbers: WireNumbers) => ({
  stream,
  number: at,
  local: local + at - number,
  since: times[at - number]!,
  under: numbers.of(stream, streamId, local + at - number),
});
const isNotice = (_: Notice) => true;
const list = (): Notice[] => [];
const lackingOf = ({ number, times }: Run, stored: Spans | undefined) =>
  (stored ?? spans()).lacks(number, number + times.length - 1);
const copyOf = (all: ReadonlyMap<string, Spans>) =>
  new Map([...all].map(([stream, numbers]) => [stream, numbers.copy()]));

function listed<T>(all: Map<string, T>, stream: string, make: () => T): T {
  const known = all.get(stream) ?? make();
  all.set(stream, known);
  return known;
}

function covers({ reason, epoch, first, last, followedBy }: Notice, at: WireNumber): boolean {
  if (reason !== 'epoch-lost') return at.epoch === epoch && first <= at.number && at.number <= last;
  if (at.epoch === epoch) return at.number >= first;
  return at.epoch > epoch && at.epoch < (followedBy ?? 0);
}
