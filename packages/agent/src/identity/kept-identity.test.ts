import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { before, test } from 'node:test';
import { verifyIdentity } from '@skerry/contracts';
import { isKey } from '@skerry/kit';
import { type MemoryDisk, memoryDisk, seededRandom } from '@skerry/kit/testing';
import fc from 'fast-check';
import { testAuthority } from '../testing/authority.ts';
import { type DeviceIdentity, derOf } from './identity.ts';
import { mendIdentity, readIdentity, writeHub, writeIdentity, writeKey } from './kept-identity.ts';
import { publicKeyOf } from './key.ts';

const ids = {
  hubId: '01900000-0000-7000-8000-000000000001',
  projectId: '01900000-0000-7000-8000-000000000002',
  deviceId: '01900000-0000-7000-8000-000000000003',
};
const FOLDER = '/state/identity';
const paths = ['key.pem', 'chain.pem', 'hub.json'].flatMap((name) => [name, `${name}.copy`]);

let identity: DeviceIdentity;
before(async () => {
  const authority = await testAuthority();
  const { chain, key } = await authority.issue({ identity: { kind: 'device', ...ids } });
  const named = { project: 'default', name: 'a', addresses: ['https://hub:8443'] };
  identity = { ...ids, ...named, key, chain, certifiedAt: 0, root: authority.root };
});

async function open(): Promise<MemoryDisk> {
  const disk = memoryDisk();
  await writeKey(disk, '/state', identity.key);
  await writeIdentity(disk, '/state', identity);
  return disk;
}

/** What the hub knows it by, and it the hub. */
const proofOf = ({ hubId, projectId, deviceId, key, chain, root }: DeviceIdentity) => ({
  ids: [hubId, projectId, deviceId],
  key: publicKeyOf(key),
  isKey: isKey(key),
  identity: verifyIdentity(chain.map(derOf), { root: derOf(root), now: Date.now(), kind: 'device' }).ok,
  serials: [...chain, root].map((pem) => new X509Certificate(pem).serialNumber),
});

test('whatever bit flips, or page dies, of one file, the device is still who it was, and mends it', async () => {
  const damage = fc.record({ isPage: fc.boolean(), seed: fc.integer() });
  await fc.assert(
    fc.asyncProperty(damage, async ({ isPage, seed }) => {
      const disk = await open();
      const random = seededRandom(seed);
      assert.ok(isPage ? disk.killPage(FOLDER, random.number) : disk.flipBit(FOLDER, random.number));
      const found = (await readIdentity(disk, '/state'))!;
      assert.deepEqual(proofOf(found), proofOf(identity));
      assert.ok(found.addresses.includes('https://hub:8443'));
      await mendIdentity(disk, '/state');
      for (const path of paths)
        assert.deepEqual(await disk.read(`${FOLDER}/${path}`), await other(disk, path));
    }),
    { numRuns: 500 },
  );
});

const other = (disk: MemoryDisk, path: string) =>
  disk.read(`${FOLDER}/${path.endsWith('.copy') ? path.slice(0, -'.copy'.length) : `${path}.copy`}`);

test('where the hub is a person may correct, and what the copy says is tried as well', async () => {
  const disk = await open();
  const changed = Buffer.from(await disk.read(`${FOLDER}/hub.json`))
    .toString()
    .replace('https://hub:8443', 'https://elsewhere:8443');
  await disk.writeAtomic(`${FOLDER}/hub.json`, changed);
  const both = { addresses: ['https://elsewhere:8443', 'https://hub:8443'], former: ['https://hub:8443'] };
  for (const mended of [[`${FOLDER}/hub.json`], []]) {
    const { addresses, former } = (await readIdentity(disk, '/state'))!;
    assert.deepEqual({ addresses, former }, both);
    assert.deepEqual(await mendIdentity(disk, '/state'), mended);
  }
});

test('a kill between a file and its copy costs nothing, in whatever file', async () => {
  const renewed = await (await testAuthority()).issue({ identity: { kind: 'device', ...ids } });
  const disk = await open();
  await writeHub(disk, '/state', { ...identity, name: 'b' });
  await disk.remove(`${FOLDER}/hub.json.copy`);
  await disk.remove(`${FOLDER}/key.pem.copy`);
  await disk.writeAtomic(`${FOLDER}/chain.pem.copy`, renewed.chain.join('\n'));
  const found = await readIdentity(disk, '/state');
  assert.deepEqual([found?.name, proofOf(found!)], ['b', proofOf(identity)]);
  await mendIdentity(disk, '/state');
  for (const path of paths) assert.deepEqual(await disk.read(`${FOLDER}/${path}`), await other(disk, path));
});

test('where nothing goes together nothing is mended by what may be the worse', async () => {
  const disk = await open();
  const { chain, key } = await (await testAuthority()).issue({ identity: { kind: 'device', ...ids } });
  await writeKey(disk, '/state', key);
  await disk.writeAtomic(`${FOLDER}/chain.pem`, chain.join('\n'));
  assert.equal((await readIdentity(disk, '/state'))?.key, key);
  assert.deepEqual(await mendIdentity(disk, '/state'), []);
  assert.equal(Buffer.from(await disk.read(`${FOLDER}/chain.pem`)).toString(), chain.join('\n'));
  assert.notDeepEqual(await disk.read(`${FOLDER}/chain.pem`), await other(disk, 'chain.pem'));
});

test('where both are damaged that is said; a folder without hub.json has not joined', async () => {
  const disk = await open();
  for (const path of ['hub.json', 'hub.json.copy']) await disk.writeAtomic(`${FOLDER}/${path}`, '{');
  await assert.rejects(readIdentity(disk, '/state'), {
    code: 'StorageFailed',
    message: /identity is damaged/,
  });
  await disk.remove(`${FOLDER}/hub.json`);
  assert.equal(await readIdentity(disk, '/state'), undefined);
});
