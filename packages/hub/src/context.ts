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
  /** A code of the catalogue; a device may send one of a later version. */
  readonly reason: CodeName | (string & {});
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
 * of one project follow one another. The desired state of every device that `devices` names (of all, where it
 * is absent) is computed anew in the same transaction; `check` may refuse what comes of it by throwing.
 * Afterwards those whose state changed are nudged. With `dryRun` the same happens, and is taken back.
 */
export type ChangeIntent = <T>(
  projectId: string,
  work: (trx: Executor) => Promise<T>,
  options?: {
    readonly devices?: (result: T) => readonly string[];
    readonly check?: (consequences: Consequences) => void;
    readonly dryRun?: boolean;
  },
) => Promise<{ readonly result: T } & Consequences>;

/** What a change of intent means for devices. */
export interface Consequences {
  readonly changed: readonly ChangedDesire[];
  /** Parts that some device would get, but that are not whole; they are left out of its desired state. */
  readonly faults: readonly DeviceFault[];
}

/** A device whose desired state changed: the canonical bodies before (absent for a new device) and after. */
export interface ChangedDesire {
  readonly deviceId: string;
  readonly device: string;
  readonly before: string | undefined;
  readonly after: string;
}

export interface DeviceFault {
  readonly deviceId: string;
  readonly device: string;
  /** JSON Pointer into the desired body. */
  readonly pointer: string;
  readonly detail: string;
}
