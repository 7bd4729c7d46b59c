import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Cable, layCable } from './cable.ts';
import { type Service, skerryJson, startProgram, startSkerry } from './commands.ts';
import type { Hub } from './hub.ts';
import { askAgent, type DeviceStatus, runtimePid } from './status.ts';

export interface Place {
  readonly name: string;
  readonly network: string;
  readonly labels: readonly string[];
  /** Where its runtime looks for free ports. */
  readonly port: number;
}

export const places: readonly Place[] = [
  { name: 'shop', network: 'wired', labels: ['meter=yes'], port: 8300 },
  { name: 'tower', network: 'cellular', labels: ['meter=yes', 'engine=yes'], port: 8310 },
  { name: 'ship', network: 'satellite', labels: ['meter=yes', 'engine=yes'], port: 8320 },
];

/** A site with a device, a camera, and somebody who asks the model. */
export interface Site {
  readonly place: Place;
  readonly cable: Cable;
  /** What its device said of itself last; undefined while nobody answers there. */
  readonly status: DeviceStatus | undefined;
  /** Frames that the camera was told are safe. */
  readonly recorded: number;
  /** Questions to the model, by a program at the site. */
  readonly asked: number;
  readonly answered: number;
  /** Whether the last one was answered. */
  readonly answers: boolean;
  /** Looks at the device, and asks its model. */
  look(): Promise<void>;
  startCamera(): void;
  /** Ids of the messages that must reach the hub, by the camera's own ledger. */
  stopCamera(): Promise<string[]>;
  /** `kill -9` of all that Skerry runs here; then the machine starts its agent again. */
  cutPower(): Promise<void>;
  /** `kill -9` of its agent alone, which is then started again: it tries the hub at once. */
  restartAgent(): Promise<void>;
}

const seven = readFile(new URL('../meter-reading/seven.json', import.meta.url));
const camera = fileURLToPath(new URL('../meter-reading/camera/main.ts', import.meta.url));

/** Joins a device by a token, runs its agent, and resolves; its models come while we go on. */
export async function openSite(
  folder: string,
  place: Place,
  hub: Hub,
  started: AsyncDisposableStack,
): Promise<Site> {
  const { name, labels, port } = place;
  const state = join(folder, name);
  const ledger = join(folder, `${name}-ledger.jsonl`);
  const source = `/cameras/${name}`;
  const cable = await layCable();
  started.defer(async () => cable.close());
  const env = { HTTPS_PROXY: cable.url, NO_PROXY: '', no_proxy: '' };
  const token = await hub.token(name, labels);
  await skerryJson(['agent', 'join', '-', '--state', state], { env, input: token });
  const ports = ['--rest-port', port, '--grpc-port', port + 1, '--metrics-port', port + 2].map(String);
  const run = () => startSkerry(['agent', 'run', '--state', state, ...ports, '--port-search'], env);
  let agent = run();
  started.defer(() => agent.stop());
  let filming: Service | undefined;
  let status: DeviceStatus | undefined;
  let recorded = 0;
  const asking = { asked: 0, answered: 0, answers: false };

  const restartAgent = async () => {
    agent.kill();
    await agent.exited;
    status = undefined;
    agent = run();
  };

  return {
    ...{ place, cable },
    get status() {
      return status;
    },
    get asked() {
      return asking.asked;
    },
    get answered() {
      return asking.answered;
    },
    get answers() {
      return asking.answers;
    },
    get recorded() {
      return recorded;
    },
    async look() {
      status = await askAgent(state).catch(() => undefined);
      const rest = status?.rest;
      if (!filming) return;
      recorded = (await readLedger(ledger)).length;
      asking.asked += 1;
      asking.answers = rest !== undefined && (await ask(rest));
      if (asking.answers) asking.answered += 1;
    },
    startCamera() {
      const args = ['--url', status!.frames!, '--ledger', ledger, '--source', source, '--rate', '10'];
      filming ??= startProgram(camera, [...args, '--until-stdin-ends']);
      started.defer(async () => filming?.stop());
    },
    async stopCamera() {
      await filming?.stop();
      return (await readLedger(ledger)).map((frame) => `${source}#${frame}`);
    },
    async cutPower() {
      const runtime = await runtimePid(state);
      agent.kill();
      process.kill(runtime, 'SIGKILL');
      await restartAgent();
    },
    restartAgent,
  };
}

async function ask(rest: string): Promise<boolean> {
  const url = `${rest}/v2/models/digits/infer`;
  const request = { method: 'POST', body: await seven, signal: AbortSignal.timeout(2_000) };
  return fetch(url, request).then(
    async (answer) => {
      await answer.arrayBuffer();
      return answer.ok;
    },
    () => false,
  );
}

async function readLedger(path: string): Promise<number[]> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const lines = text.slice(0, text.lastIndexOf('\n') + 1).split('\n');
  return lines.filter(Boolean).map((line) => JSON.parse(line).frame);
}
