import type { Ports } from '../ports.ts';
import { nodeClock } from './clock.ts';
import { nodeCompression } from './compression.ts';
import type { Dial } from './dial.ts';
import { nodeDisk } from './disk.ts';
import { nodeHttp } from './http.ts';
import { nodeProcesses } from './processes.ts';
import { nodeRandom } from './random.ts';

/** `http` goes as `dial` says, directly by default. */
export function nodePorts(dial?: Dial): Ports {
  return {
    clock: nodeClock(),
    random: nodeRandom(),
    disk: nodeDisk(),
    processes: nodeProcesses(),
    http: nodeHttp(dial ? { dial } : {}),
    compression: nodeCompression(),
  };
}
