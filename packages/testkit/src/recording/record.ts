import { cp } from 'node:fs/promises';
import { hostname } from 'node:os';
import { gunzipSync } from 'node:zlib';
import { decodeBatch, decodeJoinToken, encodeJoinToken, parseTopic, splitEvents } from '@skerry/contracts';
import { type Agent, framesUrl, type JoinedDevice, runJoin, startAgent } from '../agent.ts';
import { postFrame } from '../camera.ts';
import { hubCredentials, rerouteDevice, stealIdentity } from '../credentials.ts';
import { type Hub, startHub } from '../hub.ts';
import { type Passage, startInterceptor } from '../interceptor.ts';
import { meterDeployment } from '../meter-site.ts';
import { digitsFolder, pushModel } from '../models.ts';
import { openStage, type Stage, type Story } from '../stage.ts';
import { until } from '../until.ts';
import { mqttTap, type Published } from './mqtt-tap.ts';

/** Messages by name. */
export type Recording = Record<string, unknown>;

/** Plays a device's first minute, and gives one of each message that passed. */
export async function record(): Promise<Recording> {
  const endings: (() => Promise<void>)[] = [];
  const story: Story = { name: 'recording', passed: true, after: (end) => void endings.push(end) };
  try {
    return await play(openStage(story));
  } finally {
    for (const end of endings) await end();
  }
}

async function play(stage: Stage): Promise<Recording> {
  const hub = await startHub(stage, { args: ['--restored-devices', 'ask'] });
  await pushModel(hub.people, { name: 'digits', folder: digitsFolder });
  await hub.people.deployments.put(meterDeployment('digits:1'));
  const device = { name: 'camera1', state: await stage.makeFolder('camera1') };
  const joining = await overhearJoin(stage, hub, device);
  const heard: Published[] = [];
  const shows = await hubCredentials(hub.data, 'server');
  const asDevice = await stealIdentity(device.state);
  const taps = { client: mqttTap((it) => heard.push(it)), server: mqttTap((it) => heard.push(it)) };
  const overhear = (from: 'client' | 'server', bytes: Buffer) => taps[from](bytes);
  await using middle = await startInterceptor({ shows, asDevice, target: hub.devicesPort, overhear });
  await rerouteDevice(device.state, middle.port);
  const agent = await startAgent(stage, device);
  await work(agent, hub);
  const confirms = () => heard.filter(({ topic }) => topic.endsWith('/up/confirm')).length;
  const runtime = await agent.runtime();
  await goOnFromOldCopy(stage, agent, confirms);
  await until(() => Object.keys(messagesIn(heard)).length === kinds.length, {
    what: 'one of each was heard',
  });
  const desired = { 'desired-document': jsonOf(find(middle.passages, 'GET', '/link/v1/desired').body) };
  const all = { ...joining, ...messagesIn(heard), ...desired, 'runtime-status': runtime };
  return withoutThisMachine(all, stage.folder);
}

/** Joins through a man in the middle who has the hub's own key. */
async function overhearJoin(stage: Stage, hub: Hub, device: JoinedDevice): Promise<Recording> {
  const shows = await hubCredentials(hub.data, 'server');
  await using middle = await startInterceptor({ shows, target: hub.devicesPort });
  const { token } = await hub.people.deviceTokens.create({
    deviceName: device.name,
    labels: { role: 'meter' },
  });
  const addresses = [`https://127.0.0.1:${middle.port}`];
  await runJoin(stage, device, encodeJoinToken({ ...decodeJoinToken(token)!, addresses })).exited;
  const answer = find(middle.passages, 'POST', '/join/v1/devices');
  return {
    'chain-response': jsonOf(find(middle.passages, 'GET', '/join/v1/chain').body),
    'join-request': jsonOf(answer.sent),
    'join-response': jsonOf(answer.body),
  };
}

/** Something of everything: frames, a change of labels that the hub nudges for, a command. */
async function work(agent: Agent, hub: Hub): Promise<void> {
  const url = await framesUrl(agent, 'camera');
  for (const frame of [1, 2, 3]) await postFrame(url, '/cameras/camera', frame);
  const changed = meterDeployment('digits:1');
  changed.spec.pipelines.camera!.stages!.push({ capture: { when: 'confidence < 1.0', maxPerHour: 100 } });
  await hub.people.deployments.put(changed);
  const captures = async () => {
    const [pipeline] = (await agent.runtime()).pipelines;
    return pipeline?.spec.stages.some((stage) => 'capture' in stage);
  };
  await until(captures, { what: 'the change is applied' });
  for (const frame of [4, 5, 6]) await postFrame(url, '/cameras/camera', frame);
  const { id } = await hub.people.devices.ask(agent.name, { kind: 'logs', args: { tail: 2 } });
  await hub.people.devices.command(agent.name, id, 10);
}

/** An old copy of the device's disk comes back, which the hub does not let in. */
async function goOnFromOldCopy(stage: Stage, agent: Agent, confirms: () => number): Promise<void> {
  await agent.stop();
  const copy = { name: agent.name, state: await stage.makeFolder('copy') };
  await cp(agent.state, copy.state, { recursive: true });
  const before = confirms();
  agent.restart();
  await until(() => confirms() > before, { what: 'the device itself has a session again' });
  await agent.stop();
  await startAgent(stage, copy);
}

/** Neither this machine's name nor its folders are anybody's business. */
function withoutThisMachine(recording: Recording, folder: string): Recording {
  const text = JSON.stringify(recording)
    .replaceAll(folder, '/var/lib/skerry')
    .replaceAll(`"hostname":${JSON.stringify(hostname())}`, '"hostname":"edge"');
  return JSON.parse(text);
}

const kinds = [
  'hello',
  'welcome',
  'report',
  'report-difference',
  'ack',
  'nudge',
  'confirm',
  'command',
  'answer',
  'busy',
  'batch-result',
  'batch-sample',
  'batch-event',
];

/** The longest of each kind, which says most; batches by stream, reports by whether they are a difference. */
function messagesIn(heard: readonly Published[]): Recording {
  const longest = heard.toSorted((a, b) => b.payload.length - a.payload.length);
  const messages: Recording = {};
  for (const { topic, payload } of longest) {
    const kind = parseTopic(topic)?.kind;
    if (kind === undefined) continue;
    const message = kind === 'batch' ? batchOf(payload) : jsonOf(payload);
    messages[nameOf(kind, message)] ??= message;
  }
  return messages;
}

function nameOf(kind: string, message: unknown): string {
  const { header, base } = message as { header?: { stream: string }; base?: number };
  if (header) return `batch-${header.stream}`;
  return kind === 'report' && base ? 'report-difference' : kind;
}

/** With the packet itself, whose framing has to be understood as well. */
function batchOf(payload: Buffer) {
  const { header, compressedBody } = decodeBatch(payload)!;
  const events = splitEvents(gunzipSync(compressedBody).toString())!.map((text) => JSON.parse(text));
  return { header, events, packet: payload.toString('base64') };
}

function find(passages: readonly Passage[], method: string, path: string): Passage {
  const found = passages.find((it) => it.method === method && it.path === path && it.status < 300);
  if (!found) throw new Error(`nobody asked ${method} ${path}`);
  return found;
}

const jsonOf = (bytes: Buffer): unknown => JSON.parse(bytes.toString());
