import { name } from '@skerry/contracts';
import { createHubClient, type HubClient, type ProjectClient } from '@skerry/sdk';
import type { Cli } from '../cli.ts';
import { failure } from '../errors.ts';
import { contextsPath, type HubContextEntry, loadContext } from './contexts.ts';
import { followingRoot } from './follow-root.ts';

/** The hub that a command works with. */
export interface CommandContext {
  readonly url: string;
  readonly hub: HubClient;
  readonly project: ProjectClient;
  readonly projectName: string;
}

/** The context of the person's login. Throws `NotLoggedIn`. */
export async function openContext(cli: Cli, projectName: string): Promise<CommandContext> {
  if (!name.safeParse(projectName).success)
    throw failure('BadUsage', `“${projectName}” is no name of a project`);
  const entry = await loadContext(cli.ports.disk, contextsPath(cli.env));
  return connect(cli, entry, projectName);
}

export function connect(cli: Cli, entry: HubContextEntry, projectName: string): CommandContext {
  const { url, token } = entry;
  const request = followingRoot(cli, entry);
  const hub = createHubClient({ url, token, request });
  return { url, hub, project: hub.project(projectName), projectName };
}
