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
  /** The same where nothing in it is urgent: what is urgent may come at any moment, and waits for it. */
  readonly maxPatientWeight: number;
}

interface Waiting extends Piece<unknown> {
  resolve(result: unknown): void;
  reject(error: unknown): void;
}

/**
 * Does pieces of work in transactions that several share, so that one sync of the disk pays for all that came
 * meanwhile; each piece resolves once its transaction is committed. Where one of a group fails, each is done again in a
 * transaction of its own, so that none suffers from another: a piece must bear to be begun anew. Those of one kind
 * keep their order.
 */
export function groupCommit(options: GroupCommitOptions): <T>(piece: Piece<T>) => Promise<T> {
  const { db, maxWeight, maxPatientWeight } = options;
  const urgent: Waiting[] = [];
  const patient: Waiting[] = [];
  let running = false;

  const takeNext = (): Waiting[] => {
    if (urgent.length === 0) return takeGroup([], patient, maxPatientWeight);
    return takeGroup(patient.splice(0, 1), urgent, maxWeight);
  };
  const run = async () => {
    while (urgent.length + patient.length > 0) await commit(db, takeNext());
    running = false;
  };

  return <T>(piece: Piece<T>) =>
    new Promise<T>((resolve, reject) => {
      const waiting = { ...piece, resolve: resolve as Waiting['resolve'], reject };
      (piece.urgent ? urgent : patient).push(waiting);
      if (running) return;
      running = true;
      void run();
    });
}

/** `first`, and of the rest what there is room for; one at least. */
function takeGroup(first: Waiting[], rest: Waiting[], maxWeight: number): Waiting[] {
  const group = [...first];
  let weight = group.reduce((sum, piece) => sum + piece.weight, 0);
  while (rest.length > 0 && (group.length === first.length || weight + rest[0]!.weight <= maxWeight)) {
    const next = rest.shift()!;
    weight += next.weight;
    group.push(next);
  }
  return group;
}

/** Never rejects: each piece is told of its own end. */
async function commit(db: GroupCommitOptions['db'], group: readonly Waiting[]): Promise<void> {
  let begun = false;
  try {
    const results = await db.transaction().execute(async (trx) => {
      begun = true;
      const done: unknown[] = [];
      for (const { work } of group) done.push(await work(trx));
      return done;
    });
    for (const [index, { resolve }] of group.entries()) resolve(results[index]);
  } catch (error) {
    if (begun && group.length > 1) for (const alone of group) await commit(db, [alone]);
    else for (const { reject } of group) reject(error);
  }
}
