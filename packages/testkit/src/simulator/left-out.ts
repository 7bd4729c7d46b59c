import type { Ports } from '@skerry/kit';
import type { Makers } from '../../../agent/src/agent.ts';

/** Nobody asks a simulated device for its logs. */
export const noHelpers: Makers['helpers'] = {
  check: async () => ({ ok: true, findings: [] }),
  lineScrubber: async () => (line) => line,
};

/** What it runs is in the simulator itself. */
export const noProcesses: Ports['processes'] = {
  spawn: async () => {
    throw new Error('no process here');
  },
  alive: () => false,
  kill: () => false,
  listeningOn: async () => undefined,
};
