import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { type RuntimeStatus, runtimeStatus } from '@skerry/contracts';
import { z } from 'zod';
import type { Hub } from './hub.ts';
import { freePort } from './listening.ts';
import type { Exit, Program } from './program.ts';
import type { Stage } from './stage.ts';
import { until } from './until.ts';

export const agentEntry = 'packages/agent/src/main.ts';

export interface DeviceWish {
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/** A device that has joined a hub; what is on it is in its state folder. */
export interface JoinedDevice {
  readonly name: string;
  readonly state: string;
}

/** A device's agent that runs. */
export interface Agent extends JoinedDevice, AsyncDisposable {
  /** The process of now. */
  readonly program: Program;
  /** What the device's runtime says of itself; rejects while there is none. */
  runtime(): Promise<RuntimeStatus>;
  /** Starts it again on the same folder; it has to have ended. */
  restart(): void;
  /** `kill -9`, of the agent alone. */
  kill(): Promise<Exit>;
  stop(): Promise<Exit>;
}

/** Makes a token and joins with it, as a person would on the device. */
export async function joinDevice(
  stage: Stage,
  hub: Pick<Hub, 'people'>,
  { name, labels = {} }: DeviceWish,
): Promise<JoinedDevice> {
  const { token } = await hub.people.deviceTokens.create({ deviceName: name, labels });
  const state = await stage.makeFolder(name);
  const program = runJoin(stage, { name, state }, token);
  const { code } = await program.exited;
  if (code !== 0) throw new Error(`${name} did not join (${code}):\n${program.stderr.join('\n')}`);
  return { name, state };
}

/** Tries to join, which may well be refused. */
export function runJoin(
  stage: Stage,
  { name, state }: JoinedDevice,
  token: string,
  env: Readonly<Record<string, string>> = {},
): Program {
  const args = ['join', '--state', state];
  return stage.start({ name: `join of ${name}`, entry: agentEntry, args, input: token, env });
}

/** Starts the agent of a device that has joined; its runtime's ports stay the same over restarts. */
export async function startAgent(
  stage: Stage,
  device: JoinedDevice,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<Agent> {
  const all = [
    '--rest-port',
    String(await freePort()),
    '--grpc-port',
    String(await freePort()),
    '--metrics-port',
    String(await freePort()),
    '--port-search',
    ...args,
  ];
  let program = runAgent(stage, device, all, env);
  return {
    ...device,
    get program() {
      return program;
    },
    runtime: () => readRuntime(device.state),
    restart() {
      program = runAgent(stage, device, all, env);
    },
    kill: () => program.kill(),
    stop: () => program.stop(),
    [Symbol.asyncDispose]: async () => void (await program.stop()),
  };
}

/** Starts an agent that may well refuse to start. */
export function runAgent(
  stage: Stage,
  { name, state }: JoinedDevice,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Program {
  return stage.start({ name, entry: agentEntry, args: ['run', '--state', state, ...args], env });
}

/** Waits until a pipeline of the device serves; the address that takes its frames. */
export function framesUrl({ name, state }: JoinedDevice, pipeline: string): Promise<string> {
  const serves = async () => {
    const { rest, pipelines } = await readRuntime(state);
    const found = pipelines.find((one) => one.name === pipeline && one.phase === 'Serving');
    return found && `${rest}/pipelines/${pipeline}/frames`;
  };
  return until(serves, { what: `${name} serves the pipeline ${pipeline}`, deadline: 30_000 });
}

const agentStatus = z.object({
  link: z.object({ connected: z.boolean(), detail: z.string() }),
  reported: z.object({ streams: z.record(z.string(), z.object({ waiting: z.number() })).default({}) }),
});
export type AgentStatus = z.infer<typeof agentStatus>;

/** What the agent on a state folder says of itself, with the hub or without; rejects while none runs there. */
export async function readAgentStatus(state: string): Promise<AgentStatus> {
  return agentStatus.parse(await askStatus(join(state, 'agent.sock')));
}

async function readRuntime(state: string): Promise<RuntimeStatus> {
  return runtimeStatus.parse(await askStatus(join(state, 'runtime', 'admin.sock')));
}

async function askStatus(socketPath: string): Promise<unknown> {
  const asked = request({ socketPath, path: '/v1/status', signal: AbortSignal.timeout(2_000) }).end();
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  return json(answer);
}
