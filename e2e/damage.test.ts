import assert from 'node:assert/strict';
import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  canonicalJson,
  type DesiredDocument,
  desiredDocument,
  desiredPayloadType,
  digestOf,
  signEnvelope,
} from '@skerry/contracts';
import {
  type Agent,
  digitsFolder,
  eventOf,
  framesUrl,
  type Hub,
  hubCredentials,
  joinDevice,
  meterDeployment,
  mustRun,
  openStage,
  type Passage,
  postFrame,
  pushModel,
  rerouteDevice,
  runCli,
  startAgent,
  startHub,
  startInterceptor,
  startMeterSite,
  stealIdentity,
  until,
} from '@skerry/testkit';

type Forgery = (document: DesiredDocument) => DesiredDocument;

test('desired state that its hub did not sign is refused, and what runs goes on', async (t) => {
  const stage = openStage(t);
  const hub = await startHub(stage);
  const foreign = await startHub(stage, { data: await stage.makeFolder('foreign-hub') });
  await pushModel(hub.people, { name: 'digits', folder: digitsFolder });
  await hub.people.deployments.put(meterDeployment('digits:1'));
  const device = await joinDevice(stage, hub, { name: 'camera1', labels: { role: 'meter' } });
  const own = await stealIdentity(device.state);
  const stranger = await hubCredentials(foreign.data, 'signer');

  // Whoever stands in the middle here has the hub's own server key and the device's: only the signature is left.
  let forge: Forgery | undefined;
  const shows = await hubCredentials(hub.data, 'server');
  const alter = ({ path, status, body }: Passage) =>
    forge && status === 200 && path.startsWith('/link/v1/desired') ? rewrite(body, forge) : body;
  await using middle = await startInterceptor({ shows, asDevice: own, target: hub.devicesPort, alter });
  await rerouteDevice(device.state, middle.port);
  const agent = await startAgent(stage, device);
  await framesUrl(agent, 'camera');

  const forgeries: [string, Forgery][] = [
    ['with an altered body', (it) => ({ ...it, body: withoutPipelines(it.body) })],
    ['with a statement that was altered to fit', (it) => resigned(it, undefined)],
    [
      'signed by another hub',
      (it) => ({ ...resigned(it, createPrivateKey(stranger.key)), chain: chainOf(stranger.cert) }),
    ],
    [
      'signed by the device itself',
      (it) => ({ ...resigned(it, createPrivateKey(own.key)), chain: chainOf(own.cert) }),
    ],
    [
      'signed by some key',
      (it) => resigned(it, generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey),
    ],
  ];
  for (const [index, [what, forgery]] of forgeries.entries())
    await t.test(what, async () => {
      const refused = await refusals(hub);
      const before = await captures(agent);
      forge = forgery;
      await askToCapture(hub, 2 * index + 1);
      await until(async () => (await refusals(hub)) > refused, { what: 'the refusal is on record' });
      assert.deepEqual(await captures(agent), before);
      assert.equal(await postFrame(await framesUrl(agent, 'camera'), '/cameras/test', index), 200);

      forge = undefined;
      await askToCapture(hub, 2 * index + 2);
      await until(async () => (await captures(agent))[0] === 2 * index + 2, {
        what: 'the device follows its hub again',
      });
    });
});

test('an artifact whose bytes are not what its digest says is thrown away, and fetched again', async (t) => {
  const stage = openStage(t);
  const { hub, agent } = await startMeterSite(stage);
  const readme = Buffer.from('Bytes that will be altered in the registry.');
  await pushModel(hub.people, { name: 'digits', folder: digitsFolder, changed: { 'README.md': readme } });
  const hex = digestOf(readme).slice('sha256:'.length);
  const blob = join(hub.data, 'blobs/sha256', hex.slice(0, 2), hex);
  const altered = Buffer.from(readme).fill('X', 0, 5);
  await writeFile(blob, altered);

  await hub.people.deployments.put(meterDeployment('digits:2'));
  const told = async () =>
    (await hub.people.events({ device: 'camera1', most: 100 })).find(
      ({ message }) => message.includes('DigestMismatch') || message.includes(hex),
    );
  await until(told, { what: 'the hub is told of the mismatch', deadline: 20_000 });
  assert.deepEqual(
    (await agent.runtime()).models.map(({ version, phase }) => [version, phase]),
    [['1', 'Serving']],
  );
  assert.equal(await findBytes(join(agent.state, 'artifacts'), altered), undefined);

  await writeFile(blob, readme);
  const serves = async () =>
    (await agent.runtime()).models.some(({ version, phase }) => version === '2' && phase === 'Serving');
  await until(serves, { what: 'the version is fetched again and serves', deadline: 30_000 });
});

test('a model that the disk has altered is not served, and pulled again once the hub is there', async (t) => {
  const stage = openStage(t);
  const { hub, agent } = await startMeterSite(stage);
  const { pid, models } = await agent.runtime();
  const folder = join(agent.state, 'artifacts/models', models[0]!.digest.slice('sha256:'.length));
  await hub.stop();
  await flipBit(join(folder, 'digits_cnn.onnx'));
  process.kill(pid, 'SIGKILL');

  const status = async () => (await mustRun(stage, ['agent', 'status', '--state', agent.state])).stdout;
  const wants = async () => /digits.*did not answer/.test(await status());
  await until(wants, { what: 'the agent wants to pull the model', deadline: 30_000 });
  const serves = async () => (await agent.runtime()).models.some(({ phase }) => phase === 'Serving');
  assert.equal(await serves(), false);
  const check = await runCli(stage, ['agent', 'check', '--state', agent.state]);
  assert.match(check.stdout, /✗.*digits:1 is damaged: digits_cnn\.onnx is not what the hub signed/);

  await hub.restart();
  await until(serves, { what: 'the model is pulled again and serves', deadline: 60_000 });
  assert.match((await eventOf(hub.people, 'camera1', 'DigestMismatch')).message, /digits_cnn\.onnx/);
});

test('a site whose identity and desired state the disk has damaged serves again, without its hub', async (t) => {
  const stage = openStage(t);
  const { hub, agent } = await startMeterSite(stage);
  await hub.stop();
  await agent.stop();
  const damaged = ['identity/key.pem', 'identity/chain.pem', 'identity/hub.json', 'desired/desired.json'];
  for (const file of damaged) await flipBit(join(agent.state, file));
  agent.restart();
  const serves = async () => (await agent.runtime()).models.some(({ phase }) => phase === 'Serving');
  await until(serves, { what: 'the site serves', deadline: 30_000 });
  for (const file of damaged) {
    const [first, copy] = [file, `${file}.copy`].map((name) => readFile(join(agent.state, name)));
    assert.deepEqual(await first, await copy, `${file} is mended`);
  }
  await hub.restart();
  const isConnected = async () => (await hub.people.devices.get('camera1')).value.status.connected === true;
  await until(isConnected, { what: 'the hub knows it again', deadline: 60_000 });
});

async function flipBit(path: string): Promise<void> {
  const bytes = await readFile(path);
  bytes[bytes.length >> 1]! ^= 1;
  await writeFile(path, bytes);
}

/** How often the hub was told that a signature is not right. */
async function refusals(hub: Hub): Promise<number> {
  const events = await hub.people.events({ device: 'camera1', most: 200 });
  return events.filter(({ reason }) => reason === 'SignatureInvalid').length;
}

/** A change of intent that can be seen in the runtime. */
async function askToCapture(hub: Hub, maxPerHour: number): Promise<void> {
  const deployment = meterDeployment('digits:1');
  deployment.spec.pipelines.camera!.stages!.push({ capture: { when: 'confidence < 0.5', maxPerHour } });
  await hub.people.deployments.put(deployment);
}

/** What the runtime was told to capture. */
async function captures(agent: Agent): Promise<number[]> {
  const [pipeline] = (await agent.runtime()).pipelines;
  return pipeline!.spec.stages.flatMap((stage) => ('capture' in stage ? [stage.capture.maxPerHour] : []));
}

function rewrite(body: Buffer, forge: Forgery): Buffer {
  return Buffer.from(JSON.stringify(forge(desiredDocument.parse(JSON.parse(body.toString())))));
}

function withoutPipelines(body: string): string {
  return canonicalJson({ ...JSON.parse(body), pipelines: {} });
}

/** The same statement for a body without pipelines: signed by a key, or with the signature that it had. */
function resigned({ envelope, chain, body }: DesiredDocument, key: KeyObject | undefined): DesiredDocument {
  const forged = withoutPipelines(body);
  const statement = JSON.parse(Buffer.from(envelope.payload, 'base64').toString());
  const payload = Buffer.from(JSON.stringify({ ...statement, body: digestOf(forged) }));
  const signed = key
    ? signEnvelope(desiredPayloadType, payload, key)
    : { ...envelope, payload: payload.toString('base64') };
  return { envelope: signed, chain, body: forged };
}

function chainOf(pem: string): string[] {
  return pem.split(/(?<=-----END CERTIFICATE-----\n)/).filter(Boolean);
}

/** The first file below a folder that holds the bytes. */
async function findBytes(folder: string, bytes: Buffer): Promise<string | undefined> {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile() && (await readFile(path)).includes(bytes)) return path;
  }
  return undefined;
}
