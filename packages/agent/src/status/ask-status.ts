import { type Http, isSkerryError } from '@skerry/kit';
import type { AgentStatus } from '../agent.ts';
import { agentError } from '../errors.ts';

const DEADLINE_MS = 5_000;

export const statusSocket = (folder: string) => `${folder}/agent.sock`;

/** Asks the agent that runs on a folder how it is. Rejects with `Unreachable` where none runs. */
export async function askStatus(http: Http, folder: string): Promise<AgentStatus> {
  const request = {
    method: 'GET',
    url: 'http://agent/v1/status',
    socketPath: statusSocket(folder),
    deadlineMs: DEADLINE_MS,
  };
  try {
    const response = await http.request(request);
    return JSON.parse(Buffer.from(await response.body()).toString()) as AgentStatus;
  } catch (cause) {
    if (!isSkerryError(cause, 'Unreachable')) throw cause;
    throw agentError('Unreachable', `no agent runs on ${folder}`, {
      next: 'Start it with `skerry agent run`, or name its folder with --state.',
      cause,
    });
  }
}
