import {
  continuationSecret,
  desiredVersion,
  type FormerEpoch,
  id,
  reported,
  type StreamKey,
} from '@skerry/contracts';
import { z } from 'zod';
import type { CommandRecords, Inbox } from '../commands/records.ts';

/** How far a stream's folder was delivered. Local numbers are the folder's; wire number = local number − `base`. */
export interface Position extends StreamKey {
  /** Id of the folder that it speaks of; another one is another stream. */
  readonly streamId: string;
  /** 0 until the hub has given one. */
  readonly epoch: number;
  readonly base: number;
  /** Local number up to which the hub has everything. */
  readonly acknowledged: number;
  /** Running hash up to there. */
  readonly hash: string;
  /** Messages that drop notices took the place of. */
  readonly dropped: number;
  /** One that the hub has, the newest where that is no drop notice: by it the folder is known again. */
  readonly known?: KnownMessage | undefined;
  /** While the hub is asked for a new epoch: how far the one before came. */
  readonly former?: FormerEpoch | undefined;
}

/** What lies in a folder under a local number: the hash over that message alone. */
export interface KnownMessage {
  readonly number: number;
  readonly hash: string;
}

const version = z.object({ version: z.string(), digest: z.string() });

/** What else must outlive the process, by name. */
export const facts = {
  /** The newest secret by which the hub knows this device from a copy of it. */
  continuationSecret: continuationSecret.optional(),
  /** Desired state that was last applied whole, and by which device. */
  applied: desiredVersion.extend({ deviceId: id.optional() }).optional(),
  /** As last reported: the times of their transitions outlive us. */
  conditions: reported.shape.conditions.default({}),
  /** By model: the version that served well last. */
  proven: z.record(z.string(), version).default({}),
  /** By version: why it is not tried again. */
  refused: z.record(z.string(), z.object({ reason: z.string(), message: z.string() })).default({}),
  /** The highest moment that the hub has signed, ms since the epoch. */
  hubTime: z.number().default(0),
} as const;
export type FactName = keyof typeof facts;
export type Fact<Name extends FactName> = z.output<(typeof facts)[Name]>;

/**
 * What the agent remembers, durable when the call returns. Who has it open is the folder's one agent.
 * Small and seldom written, so it is read and written at once, without promises.
 */
export interface AgentState {
  positions(): Position[];
  savePosition(position: Position): void;
  recall<Name extends FactName>(name: Name): Fact<Name>;
  remember<Name extends FactName>(name: Name, value: Fact<Name>): void;
  readonly commands: CommandRecords;
  readonly inbox: Inbox;
  close(): void;
}
