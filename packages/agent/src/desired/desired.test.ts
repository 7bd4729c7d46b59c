import assert from 'node:assert/strict';
import { createPrivateKey } from 'node:crypto';
import { test } from 'node:test';
import {
  canonicalJson,
  type DesiredStatement,
  type DesiredVersion,
  desiredPayloadType,
  digestOf,
  type Json,
  signEnvelope,
} from '@skerry/contracts';
import { readWithCopy, silentLogger } from '@skerry/kit';
import { manualClock, memoryDisk, seededRandom } from '@skerry/kit/testing';
import { trustedTime } from '../identity/trusted-time.ts';
import type { FetchedDesired } from '../link/link.ts';
import { testAuthority } from '../testing/authority.ts';
import { desiredSource, isOlder } from './desired.ts';

const ids = {
  hubId: '01900000-0000-7000-8000-000000000001',
  projectId: '01900000-0000-7000-8000-000000000002',
  deviceId: '01900000-0000-7000-8000-000000000003',
};
const signal = new AbortController().signal;
const model = { digest: `sha256:${'1'.repeat(64)}`, version: '1', repository: 'default/models/digits' };

async function open() {
  const authority = await testAuthority();
  const { chain, key } = await authority.issue({ identity: { kind: 'signer', hubId: ids.hubId } });
  const disk = memoryDisk();
  const clock = manualClock(Date.now());
  let offered: FetchedDesired | undefined;

  const offer = (body: Json, changes: Partial<DesiredStatement> = {}, signer = key) => {
    const text = canonicalJson(body);
    const issuedAt = new Date(clock.now()).toISOString();
    const statement = {
      ...ids,
      epoch: 1,
      version: 1,
      body: digestOf(text),
      issuedAt,
      requires: [],
      ...changes,
    };
    const envelope = signEnvelope(
      desiredPayloadType,
      Buffer.from(canonicalJson(statement)),
      createPrivateKey(signer),
    );
    const etag = `"${statement.epoch}.${statement.version}"`;
    offered = { etag, document: { envelope, chain, body: text } };
  };
  const identity = {
    ...ids,
    key: '',
    chain: [],
    certifiedAt: 0,
    root: authority.root,
    project: 'default',
    name: 'a',
    addresses: [],
  };
  const link = {
    fetchDesired: async (etag: string | undefined) => (offered?.etag === etag ? undefined : offered),
  };
  const start = (applied?: DesiredVersion, kept = async () => {}) =>
    desiredSource({
      disk,
      clock,
      random: seededRandom(1),
      logger: silentLogger,
      link,
      self: { identity, time: trustedTime(clock, 0), kept },
      folder: '/desired',
      applied: () => applied,
    });
  return { disk, link, clock, offer, start };
}

test('a signed state is taken, and is there after a restart without the hub, even long after its signer’s end', async () => {
  const { clock, disk, offer, start } = await open();
  offer({ models: { digits: model }, pipelines: {} });
  const first = start();
  assert.equal(await first.fetch(signal), true);
  assert.equal(await first.fetch(signal), false, 'the ETag is the current one');
  assert.equal(first.differs('1.1'), false);
  assert.equal(first.differs('"1.2"'), true);
  assert.equal((await disk.stat('/desired/desired.json'))?.mode, 0o600);
  clock.setNow(clock.now() + 400 * 86_400_000);
  const second = start();
  await second.restore();
  assert.deepEqual(second.current?.parts.models.get('digits'), model);
});

test('an older version of the same epoch is not taken; a new epoch begins anew', async () => {
  const { offer, start } = await open();
  const source = start();
  offer({ models: {}, pipelines: {} }, { version: 5 });
  await source.fetch(signal);
  offer({ models: { digits: model }, pipelines: {} }, { version: 4 });
  assert.equal(await source.fetch(signal), false);
  assert.equal(source.current?.version, 5);
  offer({ models: { digits: model }, pipelines: {} }, { epoch: 2, version: 1 });
  assert.equal(await source.fetch(signal), true);
  assert.deepEqual([source.current?.epoch, source.current?.version], [2, 1]);
  assert.ok(isOlder({ epoch: 1, version: 9 }, { epoch: 2, version: 1 }));
});

test('nothing older than what was applied is taken, whatever became of the disk’s copy of that', async () => {
  const { disk, offer, start } = await open();
  const applied = { epoch: 1, version: 5 };
  offer({ models: {}, pipelines: {} }, { version: 4 });
  assert.equal(await start(applied).fetch(signal), false, 'as somebody between gives it again');
  assert.equal(await start().fetch(signal), true);
  const restored = start(applied);
  await restored.restore();
  assert.equal(restored.current, undefined, 'as a copy that could not be written then');
  assert.ok(await disk.stat('/desired/desired.json'));
  offer({ models: {}, pipelines: {} }, { version: 5 });
  assert.equal(await restored.fetch(signal), true);
});

test('what is signed by another key, or for another device, or altered, is refused, and what was stays', async () => {
  const { offer, start } = await open();
  const source = start();
  offer({ models: {}, pipelines: {} });
  await source.fetch(signal);
  const other = await testAuthority();
  const { key } = await other.issue({ identity: { kind: 'signer', hubId: ids.hubId } });
  offer({ models: { digits: model }, pipelines: {} }, { version: 2 }, key);
  await assert.rejects(source.fetch(signal), { code: 'SignatureInvalid' });
  offer({ models: { digits: model }, pipelines: {} }, { version: 2, deviceId: ids.hubId });
  await assert.rejects(source.fetch(signal), { code: 'SignatureInvalid' });
  offer({ models: { digits: model }, pipelines: {} }, { version: 2, body: digestOf('{}') });
  await assert.rejects(source.fetch(signal), { code: 'SignatureInvalid' });
  assert.equal(source.current?.version, 1);
});

test('a state that a full disk refused is taken once there is room, and nobody is asked for it again', async () => {
  const { disk, link, offer, start } = await open();
  const writeAtomic = disk.writeAtomic;
  const source = start();
  const version = () => source.current?.version;
  offer({ models: { digits: model }, pipelines: {} });
  disk.writeAtomic = () => Promise.reject(new Error('the disk is full'));
  await assert.rejects(source.fetch(signal, '"1.1"'), /full/);
  assert.equal(version(), undefined);
  assert.deepEqual([source.differs('1.1'), source.isUnkept(undefined)], [true, true]);
  const { fetchDesired } = link;
  link.fetchDesired = () => Promise.reject(new Error('it asked the hub'));
  await assert.rejects(source.fetch(signal, '"1.1"'), /full/);
  disk.writeAtomic = writeAtomic;
  link.fetchDesired = fetchDesired;
  assert.equal(await source.fetch(signal, '"1.1"'), true);
  assert.deepEqual([version(), source.isUnkept(undefined)], [1, false]);
});

test('a state is not kept before the root is that it may stand under', async () => {
  const { disk, offer, start } = await open();
  let isFull = true;
  const source = start(undefined, async () => {
    if (isFull) throw new Error('the disk is full');
  });
  offer({ models: {}, pipelines: {} });
  await assert.rejects(source.fetch(signal), /full/);
  assert.equal(await disk.stat('/desired/desired.json'), undefined);
  isFull = false;
  assert.equal(await source.fetch(signal), true);
  assert.ok(await disk.stat('/desired/desired.json'));
});

test('a newer state takes the place of one that a full disk refused', async () => {
  const { disk, offer, start } = await open();
  const writeAtomic = disk.writeAtomic;
  const source = start();
  disk.writeAtomic = () => Promise.reject(new Error('the disk is full'));
  offer({ models: { digits: model }, pipelines: {} });
  await assert.rejects(source.fetch(signal, '"1.1"'), /full/);
  assert.deepEqual([source.isUnkept('"1.1"'), source.isUnkept('"1.2"')], [true, false]);
  disk.writeAtomic = writeAtomic;
  offer({ models: {}, pipelines: {} }, { version: 2 });
  assert.equal(await source.fetch(signal, '"1.2"'), true);
  assert.deepEqual([source.current?.version, source.isUnkept(undefined)], [2, false]);
});

test('a state that asks for an unknown feature is not tried, and not kept', async () => {
  const { offer, start } = await open();
  const source = start();
  offer({ models: { digits: model }, pipelines: {} });
  await source.fetch(signal);
  offer({ models: {}, pipelines: {} }, { version: 2, requires: ['models/onnx', 'models/of-tomorrow'] });
  assert.equal(await source.fetch(signal), true);
  assert.deepEqual(source.blocked, { epoch: 1, version: 2, lacks: ['models/of-tomorrow'] });
  assert.equal(source.current?.version, 1);
  const restarted = start();
  await restarted.restore();
  assert.equal(restarted.current?.version, 1);
});

test('a part that is not understood is unsupported, and the rest is applied', async () => {
  const { offer, start } = await open();
  const source = start();
  const pipeline = { source: { http: {} }, stages: [{ infer: { model: 'digits' } }], sinks: {} };
  offer({
    models: { digits: model, quantum: { qubits: 7 } },
    pipelines: { camera: pipeline, later: { ...pipeline, sinks: { bus: { kafka: { topic: 'x' } } } } },
    modules: { anything: {} },
  });
  await source.fetch(signal);
  const parts = source.current!.parts;
  assert.deepEqual([...parts.models.keys()], ['digits']);
  assert.deepEqual([...parts.pipelines.keys()], ['camera']);
  assert.deepEqual([...parts.unsupported.keys()], ['models/quantum', 'pipelines/later']);
});

test('a damaged file is no reason not to start', async () => {
  const { disk, start } = await open();
  await disk.makeFolder('/desired');
  await disk.writeAtomic('/desired/desired.json', '{"etag":');
  const source = start();
  await source.restore();
  assert.equal(source.current, undefined);
});

test('of two copies one is enough, and the other is mended', async () => {
  const { disk, offer, start } = await open();
  offer({ models: { digits: model }, pipelines: {} });
  await start().fetch(signal);
  for (const which of [0, 0.9])
    for (const damage of [disk.flipBit, disk.killPage]) {
      assert.ok(damage('/desired', () => which));
      const source = start();
      await source.restore();
      assert.deepEqual(source.current?.parts.models.get('digits'), model);
      const [file, copy] = await readWithCopy(disk, '/desired/desired.json');
      assert.deepEqual(file, copy);
    }
});

test('nor is one that the disk does not read any more, once it was tried for some seconds', async () => {
  const { clock, disk, offer, start } = await open();
  offer({ models: { digits: model }, pipelines: {} });
  await start().fetch(signal);
  for (const which of [0, 0.9]) disk.killPage('/desired', () => which);
  const source = start();
  let isRestored = false;
  const restored = source.restore().then(() => {
    isRestored = true;
  });
  await clock.advance(1_000);
  assert.ok(!isRestored);
  await clock.advance(20_000);
  await restored;
  assert.equal(await source.fetch(signal), true);
  const after = start();
  await after.restore();
  assert.deepEqual(after.current?.parts.models.get('digits'), model);
});
