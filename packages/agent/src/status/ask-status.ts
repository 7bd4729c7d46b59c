import { type Http, isSkerryError } from '@skerry/kit';
import type { AgentStatus } from '../agent.ts';
import { agentError } from '../errors.ts';
import { refusalOf } from '../identity/answers.ts';

const DEADLINE_MS = 5_000;

export const statusSocket = (folder: string) => `${folder}/agent.sock`;

/** Asks the agent that runs on a folder how it is. Rejects with `Unreachable` where none runs, `Forbidden` where it is another user's. */
export const askStatus = async (http: Http, folder: string): Promise<AgentStatus> =>
  (await askAgent(http, folder, '/v1/status')) as AgentStatus;

/**
 * The JSON that the agent that runs on a folder has at a path. Rejects with `Unreachable` where none runs, `Forbidden`
 * where it is another user's, or with what it says instead.
 */
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
  const response = await http.request(request).catch((cause) => {
    throw isSkerryError(cause, 'Unreachable') ? notReached(folder, cause) : cause;
  });
  const text = Buffer.from(await response.body()).toString();
  if (response.status >= 400) throw refusalOf(response.status, text, `the agent on ${folder}`);
  return JSON.parse(text);
}

function notReached(folder: string, cause: Error): Error {
  if ((cause.cause as NodeJS.ErrnoException | undefined)?.code === 'EACCES')
    return agentError(
      'Forbidden',
      `this user may not look into ${folder}, nor ask an agent that runs there`,
      {
        next: 'Ask as the user that the folder belongs to.',
        cause,
      },
    );
  return agentError('Unreachable', `no agent runs on ${folder}`, {
    next: 'Start it with `skerry agent run`, or name its folder with --state.',
    cause,
  });
}
