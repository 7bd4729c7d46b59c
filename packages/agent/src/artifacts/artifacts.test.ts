import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type DesiredModel, digestOf } from '@skerry/contracts';
import { type Disk, silentLogger } from '@skerry/kit';
import { nodeDisk } from '@skerry/kit/node';
import { seededRandom } from '@skerry/kit/testing';
import { agentError } from '../errors.ts';
import { patientClient } from '../identity/patient-client.ts';
import { startTestRegistry } from '../testing/test-registry.ts';
import { openArtifacts } from './artifacts.ts';
import { hubRegistry } from './registry.ts';

const weights = Buffer.alloc(400_000, 'weights that compress well ');
const files = {
  'model.onnx': weights,
  'model.yaml': Buffer.from('kind: Model'),
  'acceptance/one.json': Buffer.from('{}'),
};
const wantedAs = (digest: string): DesiredModel => ({
  digest,
  version: '1',
  repository: 'default/models/digits',
});

async function open(t: TestContext, changes: Partial<Disk> = {}) {
  const root = await mkdtemp(join(tmpdir(), 'skerry-artifacts-'));
  const registry = await startTestRegistry();
  t.after(async () => {
    await registry.close();
    await rm(root, { recursive: true });
  });
  const disk = { ...nodeDisk(), ...changes };
  const artifacts = await openArtifacts(disk, hubRegistry(registry.client), root);
  const pull = (digest: string) => artifacts.pull(wantedAs(digest), new AbortController().signal);
  const verify = (digest: string) => artifacts.verify(digest, new AbortController().signal);
  return { root, registry, disk, artifacts, pull, verify };
}

test('a model is pulled, verified and laid out as it was pushed', async (t) => {
  const { registry, artifacts, pull } = await open(t);
  const digest = registry.push(files);
  assert.equal(await pull(digest), 400_013);
  assert.ok(artifacts.stored.has(digest));
  const folder = artifacts.folderOf(digest);
  for (const [path, bytes] of Object.entries(files))
    assert.deepEqual(await readFile(join(folder, path)), bytes);
  assert.equal((await stat(join(folder, 'model.onnx'))).mode & 0o777, 0o600);
});

test('after a cut the rest alone is asked for', async (t) => {
  const { registry, pull } = await open(t);
  const digest = registry.push(files);
  registry.cutAfter = 150_000;
  await assert.rejects(pull(digest), (error: { code?: string }) => error.code !== undefined);
  registry.asked.length = 0;
  await pull(digest);
  const [first] = registry.asked;
  const from = Number(/^blobs bytes=(\d+)-$/.exec(first ?? '')?.[1]);
  assert.ok(from > 0 && from <= 150_000, `asked for ${first}`);
});

test('a hub that serves others first is asked again at its time, for the rest alone, and nothing has failed', async (t) => {
  const { root, registry, disk, pull } = await open(t);
  const digest = registry.push(files);
  registry.cutAfter = 150_000;
  await assert.rejects(pull(digest));
  registry.asked.length = 0;
  registry.busy = 2;
  const pauses: number[] = [];
  const clock = { sleep: async (ms: number) => void pauses.push(ms) };
  const patient = patientClient(registry.client, { clock, random: seededRandom(1), logger: silentLogger });
  const artifacts = await openArtifacts(disk, hubRegistry(patient), root);
  assert.equal(await artifacts.pull(wantedAs(digest), new AbortController().signal), 400_013);
  assert.match(registry.asked[0] ?? '', /^blobs bytes=\d+-$/);
  assert.deepEqual(registry.asked.slice(0, 3), Array(3).fill(registry.asked[0]));
  assert.equal(pauses.length, 2);
  for (const pause of pauses) assert.ok(pause >= 7_000 && pause < 8_000, `${pause}`);
});

test('a registry that knows no ranges is asked again from the start', async (t) => {
  const { registry, artifacts, pull } = await open(t);
  registry.knowsRanges = false;
  const digest = registry.push(files);
  registry.cutAfter = 150_000;
  await assert.rejects(pull(digest));
  await pull(digest);
  assert.deepEqual(await readFile(join(artifacts.folderOf(digest), 'model.onnx')), weights);
});

test('bytes that are not what their digest says are thrown away, and fetched again', async (t) => {
  const { registry, artifacts, pull } = await open(t);
  const digest = registry.push(files);
  const altered = Buffer.from(weights);
  altered[7] = 0;
  registry.replace(digestOf(weights), altered);
  await assert.rejects(pull(digest), { code: 'DigestMismatch' });
  assert.ok(!artifacts.stored.has(digest));
  registry.replace(digestOf(weights), weights);
  registry.asked.length = 0;
  await pull(digest);
  assert.deepEqual(registry.asked[0], 'blobs', 'from the start');
});

test('more bytes than the manifest says are not taken', async (t) => {
  const { registry, pull } = await open(t);
  const digest = registry.push(files);
  registry.replace(digestOf(weights), Buffer.concat([weights, weights]));
  await assert.rejects(pull(digest), { code: 'PayloadTooLarge' });
});

test('a manifest of another digest, or with a path that leads out, is refused', async (t) => {
  const { root, registry, pull } = await open(t);
  const digest = registry.push(files);
  registry.replace(digest, Buffer.from('{}'));
  await assert.rejects(pull(digest), { code: 'DigestMismatch' });
  for (const path of ['../../out', '/etc/out', 'a/../../out', ''])
    await assert.rejects(pull(registry.push({ [path]: weights })), { code: 'PullFailed' });
  assert.deepEqual((await readdir(join(root, 'models'))).sort(), []);
});

test('what the registry lacks is said in its own words', async (t) => {
  const { pull } = await open(t);
  await assert.rejects(pull(`sha256:${'0'.repeat(64)}`), {
    code: 'PullFailed',
    message: /the hub answered 404/,
  });
});

test('a disk without room for the model is not filled', async (t) => {
  const { root, registry, pull } = await open(t, { freeBytes: async () => 65 * 2 ** 20 });
  const digest = registry.push({ 'model.onnx': Buffer.alloc(2 ** 21) });
  await assert.rejects(pull(digest), { code: 'DiskFull' });
  assert.deepEqual(await readdir(join(root, 'models')), []);
});

test('a download that was cut needs room for the rest alone', async (t) => {
  let free = 2 ** 40;
  const { root, registry, pull } = await open(t, { freeBytes: async () => free });
  const digest = registry.push(files);
  registry.cutAfter = 350_000;
  await assert.rejects(pull(digest), { code: 'Unreachable' });
  const [partial] = await readdir(join(root, 'partial'));
  free = 64 * 2 ** 20 + 400_013 - (await stat(join(root, 'partial', partial!))).size - 1;
  await assert.rejects(pull(digest), { code: 'DiskFull' });
  free += 1;
  registry.replace(digestOf(files['model.yaml']), Buffer.from('kind: Other'));
  await assert.rejects(pull(digest), { code: 'DigestMismatch' });
  registry.replace(digestOf(files['model.yaml']), files['model.yaml']);
  free = 64 * 2 ** 20 + 13;
  assert.equal(await pull(digest), 400_013);
});

test('a pull that the disk refuses leaves no connection open', async (t) => {
  const refusal = agentError('StorageFailed', 'the file system is read-only');
  const { registry, pull } = await open(t, { openAppend: () => Promise.reject(refusal) });
  await assert.rejects(pull(registry.push({ 'model.onnx': Buffer.alloc(2 ** 24) })), refusal);
  for (let looks = 0; looks < 80 && (await registry.connections()) > 0; looks++) await sleep(10);
  assert.equal(await registry.connections(), 0);
});

test('what the disk has altered since is stored no more, and the pull asks for that alone', async (t) => {
  const { root, registry, artifacts, pull, verify } = await open(t);
  const digest = registry.push(files);
  const altered: Record<string, { path: string; asked: string[] }> = {
    'model.onnx': { path: join(artifacts.folderOf(digest), 'model.onnx'), asked: ['blobs'] },
    'its manifest': { path: join(root, 'sha256', digest.slice('sha256:'.length)), asked: ['manifests'] },
  };
  await pull(digest);
  await verify(digest);
  for (const [what, { path, asked }] of Object.entries(altered)) {
    await flipBit(path);
    await assert.rejects(verify(digest), { code: 'DigestMismatch', message: new RegExp(what) });
    assert.ok(!artifacts.stored.has(digest));
    registry.asked.length = 0;
    await pull(digest);
    assert.deepEqual(registry.asked, asked);
    assert.ok(artifacts.stored.has(digest));
    await verify(digest);
  }
});

test('who stops, or wants something else, waits for no model to be read to its end, and nothing is lost by it', async (t) => {
  const { registry, disk, artifacts, pull } = await open(t);
  const digest = registry.push({ 'model.onnx': Buffer.alloc(4_000_000) });
  registry.cutAfter = 2_500_000;
  await assert.rejects(pull(digest));
  const { openRead } = disk;
  const stopping = async (work: (signal: AbortSignal) => Promise<unknown>) => {
    const controller = new AbortController();
    let reads = 0;
    disk.openRead = async (path) => {
      const file = await openRead(path);
      const read = (...where: [number, number]) => {
        reads += 1;
        controller.abort(new Error('stopping'));
        return file.read(...where);
      };
      return { ...file, read };
    };
    await assert.rejects(work(controller.signal), /stopping/);
    disk.openRead = openRead;
    assert.equal(reads, 1);
  };
  for (let times = 0; times < 2; times++)
    await stopping((signal) => artifacts.pull(wantedAs(digest), signal));
  registry.asked.length = 0;
  await pull(digest);
  assert.match(registry.asked[0]!, /^blobs bytes=/);
  await stopping((signal) => artifacts.verify(digest, signal));
  assert.ok(artifacts.stored.has(digest));
});

test('what the disk does not read, and then does, is not asked for', async (t) => {
  const { registry, disk, pull, verify } = await open(t);
  const digest = registry.push(files);
  await pull(digest);
  registry.asked.length = 0;
  const { openRead } = disk;
  disk.openRead = async (path) => {
    const file = await openRead(path);
    if (!path.endsWith('model.onnx')) return file;
    return { ...file, read: () => Promise.reject(agentError('StorageFailed', 'EIO')) };
  };
  await assert.rejects(verify(digest), { code: 'DigestMismatch' });
  disk.openRead = openRead;
  await pull(digest);
  await verify(digest);
  assert.deepEqual(registry.asked, []);
});

test('an agent starts though the disk does not say which models lie there, and asks for none of them', async (t) => {
  const { root, registry, disk, pull } = await open(t);
  const digest = registry.push(files);
  await pull(digest);
  const list = () => Promise.reject(agentError('StorageFailed', 'EIO'));
  const reopened = await openArtifacts({ ...disk, list }, hubRegistry(registry.client), root);
  registry.asked.length = 0;
  await reopened.pull(wantedAs(digest), new AbortController().signal);
  assert.ok(reopened.stored.has(digest));
  assert.deepEqual(registry.asked, []);
});

test('what was half pulled is pulled anew once the disk has failed twice in a row to read it', async (t) => {
  const { registry, disk, pull } = await open(t);
  const { openRead } = disk;
  const digest = registry.push({ 'model.onnx': Buffer.alloc(2_000_000) });
  const failToRead = async () => {
    disk.openRead = () => Promise.reject(agentError('StorageFailed', 'EIO'));
    await assert.rejects(pull(digest), { code: 'StorageFailed' });
    disk.openRead = openRead;
  };
  for (const asked of [/^blobs$/, /^blobs bytes=/, /^blobs bytes=/]) {
    registry.cutAfter = 400_000;
    await assert.rejects(pull(digest));
    assert.match(registry.asked.at(-1)!, asked);
    await failToRead();
  }
  await failToRead();
  registry.asked.length = 0;
  await pull(digest);
  assert.equal(registry.asked[0], 'blobs');
});

test('what is damaged goes like all else that is not kept', async (t) => {
  const { root, registry, artifacts, pull, verify } = await open(t);
  const digest = registry.push(files);
  await pull(digest);
  await flipBit(join(artifacts.folderOf(digest), 'model.onnx'));
  await assert.rejects(verify(digest), { code: 'DigestMismatch' });
  assert.deepEqual(await artifacts.collect([]), [digest]);
  assert.deepEqual(await readdir(join(root, 'models')), []);
});

test('where a manifest is damaged nothing is removed that it may need', async (t) => {
  const { root, registry, artifacts, pull, verify } = await open(t);
  const [one, two] = [registry.push(files), registry.push({ 'other.onnx': Buffer.from('other') })];
  await pull(one);
  await pull(two);
  await flipBit(join(root, 'sha256', two.slice('sha256:'.length)));
  assert.deepEqual(await artifacts.collect([two]), [one]);
  registry.asked.length = 0;
  await assert.rejects(verify(two));
  await pull(two);
  assert.deepEqual(registry.asked, ['manifests']);
});

test('what is not kept is removed, and what is shared with a kept model stays', async (t) => {
  const { root, registry, disk, artifacts, pull } = await open(t);
  const [one, two] = [
    registry.push(files),
    registry.push({ ...files, 'model.yaml': Buffer.from('kind: Other') }),
  ];
  await pull(one);
  await pull(two);
  assert.deepEqual(await artifacts.collect([two]), [one]);
  const left = (await readdir(join(root, 'sha256'))).map((name) => `sha256:${name}`);
  assert.ok(left.includes(digestOf(weights)));
  assert.ok(!left.includes(digestOf(files['model.yaml'])));
  const reopened = await openArtifacts(disk, hubRegistry(registry.client), root);
  assert.deepEqual([...reopened.stored], [two]);
});

test('what was half pulled and is not kept is removed, after a restart too, and what is kept goes on', async (t) => {
  const { root, registry, disk, pull } = await open(t);
  const [one, two] = [registry.push({ a: weights }), registry.push({ b: Buffer.from(weights).reverse() })];
  for (const digest of [one, two]) {
    registry.cutAfter = 150_000;
    await assert.rejects(pull(digest));
  }
  const reopened = await openArtifacts(disk, hubRegistry(registry.client), root);
  assert.deepEqual([...reopened.begun].sort(), [one, two].sort());
  assert.deepEqual(await reopened.collect([two]), []);
  assert.deepEqual([...reopened.begun], [two]);
  assert.equal((await readdir(join(root, 'partial'))).length, 1);
  registry.asked.length = 0;
  await reopened.pull(wantedAs(two), new AbortController().signal);
  assert.match(registry.asked[0]!, /^blobs bytes=/);
  assert.equal(reopened.begun.size, 0);
});

test('a folder that was not completed is removed like all else that is not kept', async (t) => {
  const { root, registry, disk, artifacts, pull } = await open(t);
  const { link } = disk;
  disk.link = async (from, to) => {
    await link(from, to);
    throw agentError('DiskFull', 'no room for another name');
  };
  await assert.rejects(pull(registry.push(files)), { code: 'DiskFull' });
  assert.equal(artifacts.begun.size, 1);
  assert.deepEqual(await artifacts.collect([]), []);
  assert.equal(artifacts.begun.size, 0);
  for (const folder of ['models', 'partial', 'sha256'])
    assert.deepEqual(await readdir(join(root, folder)), []);
});

test('what the disk did not remove is removed later, after a restart too', async (t) => {
  const { root, registry, disk, artifacts, pull } = await open(t);
  const digest = registry.push(files);
  await pull(digest);
  const { remove } = disk;
  disk.remove = () => Promise.reject(agentError('StorageFailed', 'EIO'));
  await assert.rejects(artifacts.collect([]), { code: 'StorageFailed' });
  disk.remove = remove;
  assert.deepEqual([...artifacts.stored], [digest], 'a reason to collect again');
  const reopened = await openArtifacts(disk, hubRegistry(registry.client), root);
  assert.deepEqual([...reopened.stored], [digest]);
  assert.deepEqual(await reopened.collect([]), [digest]);
  for (const folder of ['models', 'partial', 'sha256'])
    assert.deepEqual(await readdir(join(root, folder)), []);
});

async function flipBit(path: string): Promise<void> {
  const bytes = await readFile(path);
  bytes[bytes.length >> 1]! ^= 1;
  await writeFile(path, bytes);
}
