import type { HubContext } from './context.ts';
import { forgetContinuity } from './continuity/store.ts';
import type { Executor } from './db/schema.ts';
import { endSessions } from './fleet/after-restore.ts';
import { voidJoinTokens } from './identity/after-restore.ts';
import { installation } from './installation/read-model.ts';
import { raiseEpoch } from './installation/service.ts';
import { voidPeopleTokens } from './people/after-restore.ts';
import { allProjects } from './projects/read-model.ts';
import { nowText } from './time.ts';

/**
 * What a feature takes back after a restore, in the transaction that begins the epoch: rights that were taken away
 * since the backup, and whatever would go on from a past that devices have left behind. `at`: RFC 3339.
 */
export type AfterRestore = (trx: Executor, at: string) => Promise<void>;

const afterRestore: readonly AfterRestore[] = [
  voidPeopleTokens,
  voidJoinTokens,
  endSessions,
  forgetContinuity,
];

export interface NewEpoch {
  readonly hubId: string;
  readonly before: number;
  readonly epoch: number;
}

/**
 * Begins a new epoch of the hub, in a database that was set back: from then on its fleet follows it, whatever versions
 * the epochs before had reached. `restored` says to what it was set back, for the events of every project.
 */
export function beginEpoch(
  { db, clock, record }: Pick<HubContext, 'db' | 'clock' | 'record'>,
  restored: string,
): Promise<NewEpoch> {
  return db.transaction().execute(async (trx) => {
    const { hubId } = await installation(trx);
    const { before, epoch } = await raiseEpoch(trx, clock);
    for (const takeBack of afterRestore) await takeBack(trx, nowText(clock));
    const message =
      `the hub was set back to ${restored}, and its epoch ${epoch} begins: all tokens of before are void, ` +
      'and what devices had delivered since is gone, as drop notices will say';
    for (const { id: projectId } of await allProjects(trx))
      await record(trx, {
        projectId,
        severity: 'Warning',
        reason: 'HubRestored',
        message,
        by: 'hub',
        about: 'hub',
      });
    return { hubId, before, epoch };
  });
}
