import { Agent } from 'node:http';
import type { Socket } from 'node:net';
import { deadlineSignal } from '../../deadline.ts';
import type { Clock } from '../clock.ts';
import type { HttpRequest } from '../http.ts';

/** Node's agents, which keep connections that were opened by us. */
export interface KeptConnections {
  agentFor(request: HttpRequest): Agent;
  close(): void;
}

const CONNECT_DEADLINE_MS = 60_000;

export interface Keeping {
  /** Connections at a time; what comes together waits for each other then. Default: as many as are needed. */
  readonly most?: number;
  /** How long one is kept after its last request. Default: for as long as the other side keeps it. */
  readonly idleMs?: number | undefined;
}

/** One for each origin and certificate, so that none is used in another's name. */
export function keptConnections(
  open: (request: HttpRequest, signal: AbortSignal) => Promise<Socket>,
  clock: Clock,
  { most = Number.POSITIVE_INFINITY, idleMs }: Keeping,
): KeptConnections {
  const agents = new Map<string, Agent>();
  const life = new AbortController();

  const makeAgent = (request: HttpRequest): Agent => {
    const agent = new Agent({ keepAlive: true, maxSockets: most, ...(idleMs && { timeout: idleMs }) });
    agent.createConnection = (_options, done) => {
      const { signal, stop } = deadlineSignal(
        CONNECT_DEADLINE_MS,
        clock,
        `connecting to ${request.url}`,
        life.signal,
      );
      open(request, signal)
        .then(
          (socket) => done?.(null, socket),
          (error) => done?.(error, undefined as never),
        )
        .finally(stop);
      return undefined;
    };
    return agent;
  };

  return {
    agentFor(request) {
      const key = `${new URL(request.url).origin} ${request.tls?.cert ?? ''}`;
      const agent = agents.get(key) ?? makeAgent(request);
      agents.set(key, agent);
      return agent;
    },
    close() {
      life.abort(new Error('no more requests are made'));
      for (const agent of agents.values()) agent.destroy();
      agents.clear();
    },
  };
}
