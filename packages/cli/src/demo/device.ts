import { join } from 'node:path';
import type { ProjectClient } from '@skerry/sdk';
import { partArguments } from '../processes.ts';
import { labels, type Role, rate } from './cast.ts';
import { type Child, type Children, endedEarly } from './children.ts';
import { type Service, supervise } from './supervise.ts';

export interface DemoDevice {
  readonly role: Role;
  /** Its agent, which runs its runtime. */
  readonly service: Service;
  readonly ledger: string;
}

/** Joins a device with a token, as a person would on its machine, and runs its agent. */
export async function startDevice(
  children: Children,
  project: ProjectClient,
  role: Role,
  onEnd: (text: string) => void,
): Promise<DemoDevice> {
  // Short, since the runtime's socket is below it, and a socket's path has room for 103 characters on some systems.
  const state = join(children.folder, role.device);
  const request = { uses: 1, deviceName: role.device, site: role.site, labels };
  const { token } = await project.deviceTokens.create(request);
  const joinArgs = partArguments('agent', ['join', '-', '--state', state]);
  const joining = children.start({ name: `the join of ${role.device}`, args: joinArgs, input: token });
  if ((await joining.exited) !== 0) await endedEarly(joining);
  const { rest, grpc, metrics } = role.ports;
  const ports = ['--rest-port', `${rest}`, '--grpc-port', `${grpc}`, '--metrics-port', `${metrics}`];
  const args = partArguments('agent', ['run', '--state', state, ...ports, '--port-search']);
  const run = () => children.start({ name: `the agent of ${role.device}`, args });
  return { role, service: supervise(run, onEnd), ledger: `${state}-ledger.jsonl` };
}

/** A camera is no part of Skerry: it knows the address of its pipeline, and nothing else. */
export function startCamera(
  children: Children,
  { role, ledger }: DemoDevice,
  { program, url }: { readonly program: string; readonly url: string },
): Child {
  const args = [program, '--url', url, '--ledger', ledger, '--rate', String(rate), '--until-stdin-ends'];
  const lens = role.bad ? ['--bad', '--seed', '3'] : [];
  return children.start({
    name: `the camera of ${role.device}`,
    args: [...process.execArgv, ...args, ...lens],
  });
}
