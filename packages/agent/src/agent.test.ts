import assert from 'node:assert/strict';
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { test } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import {
  applyMergePatch,
  canonicalJson,
  type DesiredState,
  defaultTtls,
  desiredPayloadType,
  digestOf,
  filepathAnnotation,
  type Json,
  mediaTypes,
  type PipelineSpec,
  type Reported,
  signEnvelope,
} from '@skerry/contracts';
import { type Http, lifetime, type Ports, silentLogger } from '@skerry/kit';
import { manualClock, memoryDisk, seededRandom } from '@skerry/kit/testing';
import { startAgent } from './agent.ts';
import type { DeviceIdentity } from './identity/identity.ts';
import { readIdentity, writeIdentity, writeKey } from './identity/kept-identity.ts';
import { makeKey } from './identity/key.ts';
import type { FetchedDesired } from './link/link.ts';
import { memoryLink } from './link/memory/memory-link.ts';
import { testAuthority } from './testing/authority.ts';
import { memoryDriver } from './testing/memory-driver.ts';
import { memoryState } from './testing/memory-state.ts';
import { modelHub } from './testing/model-hub.ts';

const ids = {
  hubId: '01900000-0000-7000-8000-000000000001',
  projectId: '01900000-0000-7000-8000-000000000002',
  deviceId: '01900000-0000-7000-8000-000000000003',
};
const day = 86_400_000;
const inventory = { hostname: 'a', platform: 'linux', arch: 'x64', cores: 1, memory: 1, agentVersion: '0' };
const camera: PipelineSpec = {
  source: { http: { maxInFlight: 64 } },
  stages: [{ infer: { model: 'digits' } }],
  sinks: { hub: { outbox: { stream: 'result' } } },
};

/** The registry of a hub in memory: what is asked for by digest is there, or the way there is cut. */
function memoryRegistry() {
  const blobs = new Map<string, Uint8Array>();
  const put = (bytes: Uint8Array) => {
    blobs.set(digestOf(bytes), bytes);
    return digestOf(bytes);
  };
  const http: Http = {
    async request({ url }) {
      const bytes = blobs.get(url.split('/').at(-1)!);
      return {
        status: bytes ? 200 : 404,
        headers: {},
        body: async () => bytes ?? new Uint8Array(),
        async *stream() {
          if (bytes) yield bytes;
        },
        discard() {},
        peerChain: () => [],
      };
    },
    close() {},
  };
  const push = (content: string) => {
    const bytes = Buffer.from(content);
    const annotations = { [filepathAnnotation]: 'model.onnx' };
    const layers = [{ mediaType: mediaTypes.weight, digest: put(bytes), size: bytes.length, annotations }];
    const config = { mediaType: mediaTypes.modelConfig, digest: put(Buffer.from('{}')), size: 2 };
    const head = { schemaVersion: 2, mediaType: mediaTypes.manifest, artifactType: mediaTypes.modelManifest };
    return put(Buffer.from(JSON.stringify({ ...head, config, layers })));
  };
  return { http, push };
}

/** A device and its hub in one process, on a clock that the test moves. */
async function open() {
  const clock = manualClock(Date.now());
  const random = seededRandom(7);
  const disk = memoryDisk(() => clock.now());
  const authority = await testAuthority();
  const registry = memoryRegistry();
  const hub = modelHub(() => clock.now());
  const state = memoryState();
  const signer = await authority.issue({
    identity: { kind: 'signer', hubId: ids.hubId },
    notAfter: clock.now() + 3650 * day,
  });
  const key = makeKey();
  let version = 0;
  let offered: FetchedDesired | undefined;
  hub.desired = (etag) => (offered?.etag === etag ? undefined : offered);

  const certify = async (): Promise<DeviceIdentity> => {
    const wish = {
      publicKey: createPublicKey(key),
      notBefore: clock.now(),
      notAfter: clock.now() + 30 * day,
    };
    const { chain } = await authority.issue({ identity: { kind: 'device', ...ids }, ...wish });
    const named = { project: 'default', name: 'device', addresses: ['https://hub:8443'] };
    return { ...ids, ...named, key, chain, certifiedAt: clock.now(), root: authority.root };
  };
  await writeKey(disk, '/state', key);
  await writeIdentity(disk, '/state', await certify());

  const link = { ...memoryLink(hub) };
  const basic = link.renew;
  let isUp = true;
  let renewals = 0;
  link.renew = async (request) => {
    if (!isUp) return basic(request);
    renewals += 1;
    return { chain: [...(await certify()).chain] };
  };

  const want = (models: Record<string, string>, pipelines: Record<string, PipelineSpec> = {}) => {
    version += 1;
    const body: DesiredState = {
      models: Object.fromEntries(
        Object.entries(models).map(([name, digest]) => [
          name,
          { digest, version: digest.slice(7, 9), repository: 'default/models/x' },
        ]),
      ),
      pipelines,
    };
    const text = canonicalJson(body);
    const issuedAt = new Date(clock.now()).toISOString();
    const statement = { ...ids, epoch: 1, version, body: digestOf(text), issuedAt, requires: [] };
    const payload = Buffer.from(canonicalJson(statement));
    const envelope = signEnvelope(desiredPayloadType, payload, createPrivateKey(signer.key));
    offered = { etag: `"${version}"`, document: { envelope, chain: signer.chain, body: text } };
    if (isUp) hub.nudge(offered.etag);
  };

  /** Starts the agent as its process would; the folder and the state are those of before. */
  const start = async () => {
    const driver = memoryDriver();
    const life = lifetime({ clock, logger: silentLogger });
    const compression = {
      gzip: async (b: Uint8Array) => gzipSync(b),
      gunzip: async (b: Uint8Array) => gunzipSync(b),
    };
    const ports = { clock, random, disk, http: registry.http, compression } as unknown as Ports;
    const identity = (await readIdentity(disk, '/state'))!;
    const agent = await startAgent({
      ports,
      logger: silentLogger,
      life,
      identity: { ...identity, certifiedAt: identity.certifiedAt || clock.now() },
      state,
      folder: '/state',
      inventory,
      outbox: { quota: 2 ** 26, ttls: defaultTtls },
      make: {
        link: () => link,
        driver: () => driver,
        helpers: {
          check: async () => ({ ok: true, findings: [] }),
          lineScrubber: async () => (line) => line,
        },
      },
    });
    return { agent, driver, stop: () => life.stop() };
  };

  const pass = async (ms: number, step = 100) => {
    for (let left = ms; left > 0; left -= step) {
      await clock.advance(Math.min(step, left));
      for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => setImmediate(resolve));
    }
  };
  /** What the hub knows of the device, put together from its reports. */
  const known = (): Partial<Reported> => {
    const whole = hub.reports.reduce<Json>(
      (all, { base, patch }) => applyMergePatch(base === 0 ? {} : all, patch),
      {},
    );
    return whole as Partial<Reported>;
  };
  return {
    clock,
    hub,
    state,
    registry,
    want,
    start,
    pass,
    known,
    renewals: () => renewals,
    setUp(up: boolean) {
      isUp = up;
      link.setUp(up);
    },
  };
}

test('what the hub wants is pulled, loaded, run and reported; what it wants no more goes', async () => {
  const world = await open();
  const one = world.registry.push('one');
  world.want({ digits: one }, { camera });
  const { driver, stop } = await world.start();
  await world.pass(5_000);
  assert.equal(driver.observed.status?.models[0]?.digest, one);
  assert.deepEqual(driver.observed.status?.pipelines[0]?.spec, camera);
  assert.deepEqual(world.known().applied, { epoch: 1, version: 1 });
  assert.equal(world.known().conditions?.Ready?.status, 'True');
  assert.ok(world.hub.idsOf('agent/event').length >= 3, 'the device told what it did');
  world.want({});
  await world.pass(5_000);
  assert.deepEqual(driver.observed.status?.models, []);
  assert.deepEqual(world.known().applied, { epoch: 1, version: 2 });
  await stop();
  assert.equal(driver.running, false);
  assert.equal(world.clock.waiting, 0, 'whoever starts a timer stops it');
});

test('without its hub a device comes back serving from what is on its disk', async () => {
  const world = await open();
  const one = world.registry.push('one');
  world.want({ digits: one }, { camera });
  const first = await world.start();
  await world.pass(5_000);
  await first.stop();
  world.setUp(false);
  const { driver, agent, stop } = await world.start();
  await world.pass(1_000);
  assert.equal(driver.observed.status?.models[0]?.digest, one);
  assert.equal(driver.observed.status?.pipelines[0]?.name, 'camera');
  assert.equal((await agent.status()).reported?.conditions.Ready?.status, 'True');
  assert.equal((await agent.status()).reported?.conditions.TimeKnown?.status, 'False');
  await stop();
});

test('A→B→A while a device is away ends with A at the newest version, and nothing was loaded for it', async () => {
  const world = await open();
  const [a, b] = [world.registry.push('A'), world.registry.push('B')];
  world.want({ digits: a });
  const { driver, stop } = await world.start();
  await world.pass(5_000);
  world.setUp(false);
  world.want({ digits: b });
  world.want({ digits: a });
  const before = driver.observed.status?.models;
  await world.pass(60_000, 1_000);
  world.setUp(true);
  await world.pass(70_000, 1_000);
  assert.deepEqual(world.known().applied, { epoch: 1, version: 3 });
  assert.deepEqual(driver.observed.status?.models, before);
  await stop();
});

test('a version that fails its acceptance is refused for good, and the one before goes on', async () => {
  const world = await open();
  const [good, bad] = [world.registry.push('good'), world.registry.push('bad')];
  world.want({ digits: good });
  const { driver, stop } = await world.start();
  await world.pass(70_000, 1_000);
  driver.bad.add(bad);
  world.want({ digits: bad });
  await world.pass(5_000);
  assert.equal(driver.observed.status?.models[0]?.digest, good);
  assert.equal(world.known().conditions?.UpToDate?.reason, 'AcceptanceFailed');
  assert.equal(world.known().conditions?.Ready?.status, 'True');
  driver.crash();
  await world.pass(1_000);
  assert.equal(driver.observed.status?.models[0]?.digest, good, 'after a crash, too');
  await stop();
});

test('a version that found no memory, or no end, is not refused for good, and tried seldom', async () => {
  const world = await open();
  const [good, large] = [world.registry.push('good'), world.registry.push('large')];
  world.want({ digits: good });
  const { driver, stop } = await world.start();
  await world.pass(70_000, 1_000);
  driver.large.add(large);
  world.want({ digits: large });
  await world.pass(6 * 3_600_000, 10_000);
  assert.equal(driver.observed.status?.models[0]?.digest, good);
  assert.equal(world.known().conditions?.UpToDate?.reason, 'AcceptanceUnfinished');
  assert.ok(driver.loads < 30, `${driver.loads} tries in six hours`);
  driver.large.clear();
  await world.pass(3_600_000, 10_000);
  assert.equal(driver.observed.status?.models[0]?.digest, large);
  await stop();
});

test('a version that is too slow at a busy moment serves once the device has time for it', async () => {
  const world = await open();
  const [good, slow] = [world.registry.push('good'), world.registry.push('slow')];
  world.want({ digits: good });
  const { driver, stop } = await world.start();
  await world.pass(70_000, 1_000);
  driver.slow.add(slow);
  world.want({ digits: slow });
  await world.pass(5_000);
  assert.equal(driver.observed.status?.models[0]?.digest, good);
  assert.equal(world.known().conditions?.UpToDate?.reason, 'AcceptanceTooSlow');
  driver.slow.clear();
  await world.pass(10 * 60_000, 1_000);
  assert.equal(driver.observed.status?.models[0]?.digest, slow);
  assert.equal(world.known().conditions?.UpToDate?.status, 'True');
  await stop();
});

test('a new version that takes the runtime down is held back, and the proven one serves', async () => {
  const world = await open();
  const [one, two] = [world.registry.push('one'), world.registry.push('two')];
  world.want({ digits: one });
  const { driver, stop } = await world.start();
  await world.pass(70_000, 1_000);
  world.want({ digits: two });
  await world.pass(70_000, 1_000);
  assert.equal(driver.observed.status?.models[0]?.digest, two);
  await world.pass(1_000);
  driver.crash();
  await world.pass(2_000);
  assert.equal(driver.observed.status?.models[0]?.digest, two, 'by then it was proven');
  const three = world.registry.push('three');
  world.want({ digits: three });
  await world.pass(5_000);
  assert.equal(driver.observed.status?.models[0]?.digest, three);
  driver.crash();
  await world.pass(2_000);
  assert.equal(driver.observed.status?.models[0]?.digest, two);
  assert.equal(world.known().conditions?.UpToDate?.reason, 'RuntimeEnded');
  await stop();
});

test('a new version is not blamed for a runtime that was asked to end, as by a machine that is switched off', async () => {
  const world = await open();
  world.want({ digits: world.registry.push('one') });
  const { driver, stop } = await world.start();
  await world.pass(70_000, 1_000);
  const two = world.registry.push('two');
  world.want({ digits: two });
  await world.pass(5_000);
  driver.crash({ how: 'ended with code 0', wasAsked: true });
  await world.pass(2_000);
  assert.equal(driver.observed.status?.models[0]?.digest, two);
  assert.equal(world.known().conditions?.UpToDate?.status, 'True');
  await stop();
});

test('after months without its hub, and switched off in between, a device serves, renews and delivers', async () => {
  const world = await open();
  world.want({ digits: world.registry.push('one') }, { camera });
  const first = await world.start();
  await world.pass(5_000);
  await first.stop();
  const told = world.hub.idsOf('agent/event').length;
  world.setUp(false);
  world.clock.setNow(world.clock.now() + 90 * day);
  const { driver, stop } = await world.start();
  await world.pass(3_600_000, 10_000);
  assert.equal(driver.observed.status?.pipelines[0]?.name, 'camera');
  world.setUp(true);
  await world.pass(2 * 3_600_000, 10_000);
  assert.ok(world.renewals() >= 1, 'the certificate, long ended, was renewed');
  assert.ok(world.hub.idsOf('agent/event').length > told, 'what happened meanwhile is known now');
  assert.equal(world.known().conditions?.Ready?.status, 'True');
  await stop();
});
