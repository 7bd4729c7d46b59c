import type { Ports } from '../ports.ts';
import { nodeClock } from './clock.ts';
import { nodeCompression } from './compression.ts';
import { nodeDisk } from './disk.ts';
import { nodeHttp } from './http.ts';
import { nodeProcesses } from './processes.ts';
import { nodeRandom } from './random.ts';

export function nodePorts(): Ports {
  return {
    clock: nodeClock(),
    random: nodeRandom(),
    disk: nodeDisk(),
    processes: nodeProcesses(),
    http: nodeHttp(),
    compression: nodeCompression(),
  };
}
