import type { Db, Executor } from './schema.ts';
/** Work that waits for its turn in a transaction. */
export interface Piece<T> {
  readonly work: (trx: Executor) => Promise<T>;
  /** How much it takes, in units of its kind, such as rows. */
  readonly weight: number;
  /** Goes before what is not urgent, of which one piece goes along each time. */
  readonly urgent: boolean;
}
export interface GroupCommitOptions {
  readonly db: Pick<Db, 'transaction'>;
  /** No more than so much goes into a transaction, unless one piece alone is more. */
  readonly maxWeight: number;
}
/**
 * Does pieces of work in transactions that several share, so that one sync of the disk pays for all that came
 * meanwhile; each piece resolves once its transaction is committed. Where one of a group fails, each is done again in a
 * transaction of its own, so that none suffers from another: a piece must bear to be begun anew. Those of one kind
 * keep their order.
 */
export declare function groupCommit({
  db,
  maxWeight,
}: GroupCommitOptions): <T>(piece: Piece<T>) => Promise<T>;
