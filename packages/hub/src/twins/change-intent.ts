import { canonicalJson, digestOf } from '@skerry/contracts';
import type { Clock, Logger } from '@skerry/kit';
import type { ChangedDesire, ChangeIntent, Consequences, DeviceFault, RecordEvent } from '../context.ts';
import type { Db, Executor } from '../db/schema.ts';
import { desiresOf } from '../deployments/read-model.ts';
import { holdProject } from '../projects/read-model.ts';
import { nowText } from '../time.ts';
import { insertTwin, raiseDesire, storedDesires } from './store.ts';

export interface ChangeIntentOptions {
  readonly db: Db;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly record: RecordEvent;
  /** Tells devices, after the commit, that they should look. */
  readonly onDesiredChanged: (deviceIds: readonly string[]) => void;
}

/** Thrown to take a dry run back; it carries what the run found out. */
class DryRun extends Error {
  readonly outcome: unknown;
  constructor(outcome: unknown) {
    super('dry run');
    this.outcome = outcome;
  }
}

export function changeIntentOver(options: ChangeIntentOptions): ChangeIntent {
  const { db, onDesiredChanged } = options;
  return async (projectId, work, { devices, check, dryRun = false } = {}) => {
    const run = db.transaction().execute(async (trx) => {
      await holdProject(trx, projectId);
      const result = await work(trx);
      const consequences = await computeDesires(options, trx, projectId, devices?.(result));
      check?.(consequences);
      if (dryRun) throw new DryRun({ result, ...consequences });
      return { result, ...consequences };
    });
    const outcome = await run.catch((error) => {
      if (error instanceof DryRun) return error.outcome as Awaited<typeof run>;
      throw error;
    });
    if (!dryRun && outcome.changed.length > 0)
      onDesiredChanged(outcome.changed.map(({ deviceId }) => deviceId));
    return outcome;
  };
}

/** Stores what devices (all, or those named) should do by what stands in the database now. */
export async function computeDesires(
  options: Pick<ChangeIntentOptions, 'clock' | 'record'>,
  trx: Executor,
  projectId: string,
  ids?: readonly string[],
): Promise<Consequences> {
  const stored = await storedDesires(trx, projectId, ids);
  const changed: ChangedDesire[] = [];
  const faults: DeviceFault[] = [];
  for (const { deviceId, device, desire } of await desiresOf(trx, projectId, ids)) {
    const own = desire.faults.map((fault) => ({ deviceId, device, ...fault }));
    faults.push(...own);
    const before = stored.get(deviceId);
    const after = canonicalJson(desire.body);
    const digest = digestOf(after);
    if (before?.desired_digest === digest) continue;
    await (before ? raiseDesire : insertTwin)(trx, {
      deviceId,
      projectId,
      body: after,
      digest,
      at: nowText(options.clock),
    });
    await tellFaults(options.record, trx, projectId, own);
    changed.push({ deviceId, device, before: before?.desired_body, after });
  }
  return { changed, faults };
}

async function tellFaults(
  record: RecordEvent,
  trx: Executor,
  projectId: string,
  faults: DeviceFault[],
): Promise<void> {
  for (const { deviceId, device, pointer, detail } of faults) {
    const message = `${pointer} is left out: ${detail}`;
    const about = `device/${device}`;
    await record(trx, {
      projectId,
      deviceId,
      severity: 'Warning',
      reason: 'ApplyFailed',
      message,
      by: 'hub',
      about,
    });
  }
}
