import { isSkerryError, type Ports } from '@skerry/kit';
import type { AgentStatus } from '../agent.ts';
import type { DeviceIdentity } from '../identity/identity.ts';
import { readIdentity } from '../identity/kept-identity.ts';
import { askStatus } from '../status/ask-status.ts';
import { type KeptDesired, readKeptDesired } from './kept-desired.ts';
import type { Probes, StateCopy } from './probes.ts';

/** What was read of a device, or why it could not be. */
export type Read<T> = { readonly value: T } | { readonly fault: unknown };

export interface CheckPorts extends Pick<Ports, 'clock' | 'disk' | 'http' | 'processes'> {
  readonly probes: Probes;
}

export interface SiteOptions {
  readonly ports: CheckPorts;
  /** The agent's state folder. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Bytes that may wait for the hub, as the agent would be told. */
  readonly outboxQuota: number;
  /** Program and first arguments of a child that tries the engine. */
  readonly engineProgram: readonly [string, ...string[]];
}

/** All that the checks look at. Values are undefined where the device has no such thing (yet). */
export interface Site extends SiteOptions {
  readonly identity: Read<DeviceIdentity | undefined>;
  readonly desired: Read<KeptDesired | undefined>;
  readonly state: Read<StateCopy | undefined>;
  /** What the agent that runs here says of itself. */
  readonly running: AgentStatus | undefined;
  /** Why it could not be asked, where that is not that none runs. */
  readonly mute: unknown;
}

export async function lookAround(options: SiteOptions): Promise<Site> {
  const { ports, folder } = options;
  const identity = await read(() => readIdentity(ports.disk, folder));
  const status = await read(() => askStatus(ports.http, folder));
  return {
    ...options,
    identity,
    desired: await read(async () => readKeptDesired(ports.disk, folder, known(identity))),
    state: await read(() => ports.probes.copyState(folder)),
    running: known(status),
    mute: 'fault' in status && !isSkerryError(status.fault, 'Unreachable') ? status.fault : undefined,
  };
}

/** What was read, or undefined. */
export const known = <T>(read: Read<T>): T | undefined => ('value' in read ? read.value : undefined);

async function read<T>(reading: () => Promise<T>): Promise<Read<T>> {
  try {
    return { value: await reading() };
  } catch (fault) {
    return { fault };
  }
}
