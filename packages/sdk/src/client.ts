import { chainResponse, hubInfo, whoAmI } from '@skerry/contracts';
import { type CallerOptions, createCaller } from './caller.ts';
import { projectClient } from './project.ts';

export type HubClient = ReturnType<typeof createHubClient>;

/** The typed client of a hub's API. Every method throws `HubError`, or what `request` throws. */
export function createHubClient(options: CallerOptions) {
  const caller = createCaller(options);
  const get = (path: string) => ({ method: 'GET', path: `/api/v1/${path}` });
  return {
    /** Open to all. */
    info: () => caller.read(hubInfo, get('info')),
    /** The issuing certificate and the root, PEM. Open to all. */
    chain: () => caller.read(chainResponse, get('chain')),
    whoAmI: () => caller.read(whoAmI, get('whoami')),
    project: (name: string) => projectClient(caller, name),
  };
}
