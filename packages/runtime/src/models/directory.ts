import type { VersionId } from '../execution/protocol.ts';
import type { StatsReading } from '../metrics/model-stats.ts';
import type { PlainSignature } from '../serving/signature.ts';
import type { TargetVersion } from './model-table.ts';
import type { Placement } from './placement.ts';
import type { ModelId } from './served-model.ts';

/** A version that takes traffic on every thread. */
export interface ServingVersion extends ModelId {
  readonly id: VersionId;
  readonly signature: PlainSignature;
  readonly placement: Placement;
  /** Tells a version that was changed on the disk from what was loaded; empty where the digest tells. */
  readonly stamp: string;
  /** What all threads did for it, until now. */
  stats(): StatsReading;
  /** Requests that wait or run on instance threads. */
  pending(): number;
  /** Instances that were opened in place of lost ones. */
  restarts(): number;
}

/** What the coordinator knows of a name. */
export interface ModelRecord {
  /** The highest first; that one answers requests that name no version. */
  readonly versions: readonly ServingVersion[];
  /** Names for version numbers. */
  readonly aliases: Readonly<Record<string, number>>;
  readonly target?: TargetVersion | undefined;
}

/** All models of the process, by name, as its coordinator keeps them. */
export type Directory = ReadonlyMap<string, ModelRecord>;

/** Every version that serves. */
export function servingVersions(directory: Directory): ServingVersion[] {
  return [...directory.values()].flatMap(({ versions }) => versions);
}
