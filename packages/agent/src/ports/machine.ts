import { arch, availableParallelism, hostname, platform, totalmem } from 'node:os';
import type { Inventory } from '@skerry/contracts';

/** What this machine is made of. */
export function inventoryOf(agentVersion: string): Inventory {
  return {
    hostname: hostname().slice(0, 253),
    platform: platform(),
    arch: arch(),
    cores: availableParallelism(),
    memory: totalmem(),
    agentVersion,
  };
}
