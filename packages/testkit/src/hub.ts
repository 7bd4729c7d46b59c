import { readFile } from 'node:fs/promises';
import type { ProjectClient } from '@skerry/sdk';
import { z } from 'zod';
import { peopleOf } from './people.ts';
import type { Exit, Program } from './program.ts';
import type { Stage } from './stage.ts';

export const hubEntry = 'packages/hub/src/main.ts';

const readyLine = z.object({
  ready: z.literal(true),
  api: z.url(),
  devices: z.url(),
  fingerprint: z.string(),
  adminTokenFile: z.string(),
});

export interface HubOptions {
  /** Folder of its data; default: one of its own on the stage. */
  readonly data?: string;
  /** Where devices reach it; default: loopback. */
  readonly address?: string;
  /** Of the device port, where it cannot be read from what the hub advertises. */
  readonly devicesPort?: number;
  /** Of MQTT over TLS; default: any that is free, another at every start. */
  readonly mqttPort?: number;
  readonly args?: readonly string[];
}

/** A hub that runs, on free ports of this machine that it keeps over restarts. */
export interface Hub extends AsyncDisposable {
  readonly data: string;
  /** Base address for people. */
  readonly api: string;
  readonly devicesPort: number;
  readonly fingerprint: string;
  readonly adminToken: string;
  /** Its API, as the admin. */
  readonly people: ProjectClient;
  /** The process of now. */
  readonly program: Program;
  /** Starts it again, on the same folder and ports; it has to have ended. `args`: those of before, if left out. */
  restart(args?: readonly string[]): Promise<void>;
  /** `kill -9`. */
  kill(): Promise<Exit>;
  stop(): Promise<Exit>;
}

export async function startHub(
  stage: Stage,
  { data, address = '127.0.0.1', devicesPort = 0, mqttPort = 0, args = [] }: HubOptions = {},
): Promise<Hub> {
  const folder = data ?? (await stage.makeFolder('hub'));
  const mqtt = `${address}:${mqttPort}`;
  let program = runHub(stage, folder, ['127.0.0.1:0', `${address}:${devicesPort}`, mqtt], args);
  const ready = await readiness(program);
  const port = devicesPort || Number(new URL(ready.devices).port);
  const listen = [`127.0.0.1:${new URL(ready.api).port}`, `${address}:${port}`, mqtt];
  const adminToken = (await readFile(ready.adminTokenFile, 'utf8')).trim();
  return {
    data: folder,
    api: ready.api,
    devicesPort: port,
    fingerprint: ready.fingerprint,
    adminToken,
    people: peopleOf(ready.api, adminToken),
    get program() {
      return program;
    },
    async restart(now = args) {
      program = runHub(stage, folder, listen, now);
      await readiness(program);
    },
    kill: () => program.kill(),
    stop: () => program.stop(),
    [Symbol.asyncDispose]: async () => void (await program.stop()),
  };
}

/** Starts a hub that may well refuse to start. `listen` holds the addresses for people, for devices, and for MQTT alone. */
export function runHub(
  stage: Stage,
  data: string,
  [people, devices, mqtt]: readonly string[] = ['127.0.0.1:0', '127.0.0.1:0', '127.0.0.1:0'],
  args: readonly string[] = [],
): Program {
  const listen = ['--listen', people!, '--devices-listen', devices!, '--mqtt-listen', mqtt ?? '127.0.0.1:0'];
  return stage.start({
    name: 'hub',
    entry: hubEntry,
    args: ['--data', data, ...listen, ...args],
  });
}

function readiness(program: Program) {
  return program.said((line) => parsed(line), 'that it is ready');
}

function parsed(line: string): z.infer<typeof readyLine> | undefined {
  if (!line.startsWith('{')) return undefined;
  return readyLine.safeParse(JSON.parse(line)).data;
}
