import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';

/** What a device says of itself, hub or not. */
export interface DeviceStatus {
  readonly connected: boolean;
  /** `digits:1 tiny:1` */
  readonly models: string;
  /** Where its models answer. */
  readonly rest: string | undefined;
  /** Where its camera posts frames, once that pipeline serves. */
  readonly frames: string | undefined;
  /** Results that the hub has not acknowledged; undefined until the agent has counted them. */
  readonly waiting: number | undefined;
}

interface Answer {
  readonly link: { readonly connected: boolean };
  readonly reported?: {
    readonly serving?: { readonly rest?: string };
    readonly models?: Record<string, { readonly serving?: { readonly version: string } }>;
    readonly pipelines?: Record<string, { readonly phase: string; readonly url?: string }>;
    readonly streams?: Record<string, { readonly waiting: number }>;
  };
}

/** What `skerry agent status --json` shows, from the same socket. */
export async function askAgent(state: string): Promise<DeviceStatus> {
  const { link, reported } = (await ask(join(state, 'agent.sock'))) as Answer;
  const pipeline = reported?.pipelines?.camera;
  return {
    connected: link.connected,
    models: Object.entries(reported?.models ?? {})
      .flatMap(([name, { serving }]) => (serving ? [`${name}:${serving.version}`] : []))
      .join(' '),
    rest: reported?.serving?.rest,
    frames: pipeline?.phase === 'Serving' ? pipeline.url : undefined,
    waiting: reported?.streams?.['runtime/result']?.waiting,
  };
}

/** The process of a device's runtime. */
export async function runtimePid(state: string): Promise<number> {
  const { pid } = (await ask(join(state, 'runtime/admin.sock'))) as { readonly pid: number };
  return pid;
}

async function ask(socketPath: string): Promise<unknown> {
  const asked = request({ socketPath, path: '/v1/status', signal: AbortSignal.timeout(2_000) }).end();
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  return json(answer);
}
