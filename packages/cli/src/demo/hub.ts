import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fingerprintOf } from '@skerry/contracts';
import { createHubClient, type ProjectClient } from '@skerry/sdk';
import { z } from 'zod';
import type { Cli } from '../cli.ts';
import { failure } from '../errors.ts';
import { hubTransport } from '../hub/transport.ts';
import { partArguments } from '../processes.ts';
import { type Child, type Children, endedEarly } from './children.ts';
import { type Service, supervise } from './supervise.ts';

export interface DemoHub {
  readonly service: Service;
  /** Base address for devices. */
  readonly devices: string;
  readonly project: ProjectClient;
}

const readyLine = z.object({
  ready: z.literal(true),
  api: z.url(),
  devices: z.url(),
  fingerprint: z.string(),
  adminTokenFile: z.string(),
});
type Ready = z.infer<typeof readyLine>;

/** Starts a hub on free ports of this machine, which it keeps over restarts, and logs in as its admin. */
export async function startHub(
  cli: Cli,
  children: Children,
  onEnd: (text: string) => void,
): Promise<DemoHub> {
  const waiting = Promise.withResolvers<Ready>();
  let ready: Ready | undefined;
  const start = () => runHub(children, ready, (it) => waiting.resolve(it));
  const service = supervise(start, onEnd);
  ready = await Promise.race([waiting.promise, endedEarly(service.child)]);
  const token = (await readFile(ready.adminTokenFile, 'utf8')).trim();
  return { service, devices: ready.devices, project: await logIn(cli, ready, token) };
}

function runHub(children: Children, before: Ready | undefined, onReady: (ready: Ready) => void): Child {
  const free = '127.0.0.1:0';
  const people = before ? new URL(before.api).host : free;
  const devices = before ? new URL(before.devices).host : free;
  const listen = ['--listen', people, '--devices-listen', devices, '--mqtt-listen', free];
  const args = ['--data', join(children.folder, 'hub'), '--advertise', '127.0.0.1', ...listen];
  const onLine = (line: string) => {
    const parsed = line.startsWith('{"ready"') ? readyLine.safeParse(JSON.parse(line)) : undefined;
    if (parsed?.success) onReady(parsed.data);
  };
  return children.start({ name: 'the hub', args: partArguments('hub', args), onLine });
}

/** As `skerry login` does it: the fingerprint is compared before the token is said. */
async function logIn(cli: Cli, { api, fingerprint }: Ready, token: string): Promise<ProjectClient> {
  const request = hubTransport(cli.ports);
  const { chain } = await createHubClient({ url: api, request }).chain();
  const shown = fingerprintOf(new X509Certificate(chain.at(-1)!).raw);
  if (shown !== fingerprint) throw failure('RootMismatch', `the hub shows ${shown}, expected ${fingerprint}`);
  return createHubClient({ url: api, token, request }).project('default');
}
