import { nextStreamHash } from '@skerry/contracts';
import type { Entry } from './read-events.ts';

/** The running hash of a stream behind `entries`, from the one before them. */
export const hashOver = (before: string, entries: readonly Pick<Entry, 'text'>[]): string =>
  entries.reduce((hash, { text }) => nextStreamHash(hash, text), before);

/** The running hash of a stream before a batch, and behind all of it. */
export interface Ahead {
  readonly before: string;
  readonly behind: string;
}

/** Reckoned before the batch has its turn in the transaction, when the database has other things to do. */
export const hashAhead = (before: string, texts: readonly string[]): Ahead => ({
  before,
  behind: texts.reduce(nextStreamHash, before),
});

/** The hash behind `entries`; taken from `ahead`, which is over just these, where the stream stands as was thought. */
export const hashBehind = (before: string, entries: readonly Entry[], ahead: Ahead | undefined): string =>
  ahead?.before === before ? ahead.behind : hashOver(before, entries);
