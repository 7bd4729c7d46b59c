import type { CodeName } from '@skerry/contracts';
import type { Clock, Logger, Random } from '@skerry/kit';
import type { Db, Executor } from './db/schema.ts';

/** What every feature of the hub is given: the effects that it may have. */
export interface HubContext {
  readonly db: Db;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly record: RecordEvent;
  readonly changeIntent: ChangeIntent;
}

export interface NewEvent {
  readonly projectId: string;
  readonly deviceId?: string;
  readonly severity?: 'Normal' | 'Warning';
  readonly reason: CodeName;
  readonly message: string;
  /** A person's name, `device/NAME` or `hub`. */
  readonly by: string;
  /** `device/NAME`, `deployment/NAME`, `site/NAME`, `model/NAME`, `token/NAME`. */
  readonly about: string;
}

/** Puts an event on record, in the transaction of what it tells of. */
export type RecordEvent = (db: Executor, event: NewEvent) => Promise<void>;

/**
 * Does a piece of work that may change what devices should do: deployments, labels, sites, joins. Such changes
 * of one project follow one another; the desired state of every device that `devices` names (of all, where it
 * is absent) is computed anew in the same transaction; afterwards those whose state changed are nudged.
 */
export type ChangeIntent = <T>(
  projectId: string,
  work: (trx: Executor) => Promise<T>,
  devices?: (result: T) => readonly string[],
) => Promise<T>;
