import { type Http, isSkerryError } from '@skerry/kit';
import type { AgentStatus } from '../agent.ts';
import { agentError } from '../errors.ts';

const DEADLINE_MS = 5_000;

export const statusSocket = (folder: string) => `${folder}/agent.sock`;

/** Asks the agent that runs on a folder how it is. Rejects with `Unreachable` where none runs, `Forbidden` where it is another user's. */
export const askStatus = async (http: Http, folder: string): Promise<AgentStatus> =>
  (await askAgent(http, folder, '/v1/status')) as AgentStatus;

/** The JSON that the agent that runs on a folder has at a path. Rejects with `Unreachable` where none runs, `Forbidden` where it is another user's. */
export async function askAgent(
  http: Http,
  folder: string,
  path: string,
  options: { readonly deadlineMs?: number; readonly signal?: AbortSignal } = {},
): Promise<unknown> {
  const request = {
    method: 'GET',
    url: `http://agent${path}`,
    socketPath: statusSocket(folder),
    deadlineMs: DEADLINE_MS,
    ...options,
  };
  try {
    const response = await http.request(request);
    return JSON.parse(Buffer.from(await response.body()).toString());
  } catch (cause) {
    if (!isSkerryError(cause, 'Unreachable')) throw cause;
    if ((cause.cause as NodeJS.ErrnoException | undefined)?.code === 'EACCES')
      throw agentError(
        'Forbidden',
        `this user may not look into ${folder}, nor ask an agent that runs there`,
        {
          next: 'Ask as the user that the folder belongs to.',
          cause,
        },
      );
    throw agentError('Unreachable', `no agent runs on ${folder}`, {
      next: 'Start it with `skerry agent run`, or name its folder with --state.',
      cause,
    });
  }
}
