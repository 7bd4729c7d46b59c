import assert from 'node:assert/strict';
import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { describe, test } from 'node:test';
import { identityUri, rootsAfter, verifyIdentity } from '@skerry/contracts';
import { silentLogger } from '@skerry/kit';
import { nodeRandom } from '@skerry/kit/node';
import { manualClock, memoryDisk } from '@skerry/kit/testing';
import fc from 'fast-check';
import { type Authority, openAuthority } from './authority.ts';
import { keepHubCertificate } from './hub-certificate.ts';
import { keyFolder } from './key-folder.ts';
import { rotateIssuing, rotateRoot } from './rotate.ts';

const hubId = '01890000-0000-7000-8000-00000000abcd';
const device = { kind: 'device' as const, hubId, projectId: hubId, deviceId: hubId };
const DAY = 86_400_000;

async function openHub() {
  const clock = manualClock(Date.parse('2026-06-01T00:00:00Z'));
  const disk = memoryDisk(() => clock.now());
  const options = { hubId, keys: keyFolder(disk, '/keys'), clock, random: nodeRandom() };
  const first = await openAuthority(options);
  return { clock, disk, options, first, open: () => openAuthority(options) };
}

const newDevice = async (authority: Authority) => {
  const [leaf] = await authority.issueForDevice({
    commonName: 'device',
    publicKey: generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey,
    usages: ['clientAuth'],
    uri: identityUri(device),
    life: 30 * DAY,
  });
  return leaf;
};

const newServer = async (authority: Authority) => {
  const [leaf] = await authority.issueForHub({
    commonName: 'hub',
    publicKey: generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey,
    usages: ['serverAuth'],
    uri: identityUri({ kind: 'hub', hubId }),
    life: 90 * DAY,
  });
  return leaf;
};

const isHubUnder = async (root: string, authority: Authority, clock: { now(): number }) => {
  const chain = [(await newServer(authority)).raw, authority.hubIssuer.raw];
  const trust = { root: new X509Certificate(root).raw, now: clock.now(), kind: 'hub' as const, hubId };
  return verifyIdentity(chain, trust).ok;
};

describe('rotation', () => {
  test('new issuing keys stand under the same root, and what the old ones certified stays good', async () => {
    const { options, first, open, clock } = await openHub();
    const leaf = await newDevice(first);
    const { root, retired } = await rotateIssuing(options);
    const next = await open();
    assert.equal(next.root.fingerprint256, first.root.fingerprint256);
    assert.match(root, /^sha256:/);
    assert.deepEqual(retired, ['hub-ca.key', 'devices-ca.key']);
    assert.notEqual(next.deviceIssuer.fingerprint256, first.deviceIssuer.fingerprint256);
    assert.equal(await isHubUnder(first.root.toString(), next, clock), true);
    const [former] = next.formerDeviceAuthorities;
    assert.equal(leaf.checkIssued(former!.issuer), true);
    assert.equal(leaf.checkIssued(next.deviceIssuer), false);
    assert.equal(next.statements.length, 0);
  });

  test('a hub that runs makes its certificate anew under the new keys, also where it cannot be kept', async () => {
    const { options, first: authority, clock } = await openHub();
    const keys: typeof options.keys = {
      ...options.keys,
      writeCertificate: () => Promise.reject(new Error('the disk is full')),
    };
    const wish = {
      commonName: 'hub',
      usages: ['serverAuth'] as const,
      uri: identityUri({ kind: 'hub', hubId }),
      life: DAY,
    };
    const own = { authority, keys, clock, logger: silentLogger, name: 'server', wish };
    const certificate = await keepHubCertificate(own);
    for (const rotate of [rotateIssuing, rotateRoot]) {
      await authority.refresh();
      const [before] = certificate.chain();
      const renewed = new Promise<void>((resolve) => certificate.onRenewed(resolve));
      await rotate(options);
      await authority.refresh();
      await renewed;
      const chain = certificate.chain().map(({ raw }) => raw);
      const trust = { root: authority.root.raw, now: clock.now(), kind: 'hub' as const, hubId };
      assert.equal(verifyIdentity(chain, trust).ok, true);
      assert.deepEqual(chain[1], authority.hubIssuer.raw);
      assert.notEqual(certificate.chain()[0]!.serialNumber, before!.serialNumber);
    }
    certificate.stop();
    assert.equal(clock.waiting, 0);
  });

  test('a new root is signed by the old, and cannot be made without its key', async () => {
    const { options, first, open, disk, clock } = await openHub();
    await rotateRoot(options);
    const next = await open();
    const held = first.root.toString();
    assert.equal(await isHubUnder(held, next, clock), false);
    assert.deepEqual(rootsAfter(held, next.statements, hubId), [next.root.toString()]);
    await disk.remove('/keys/root-2.key');
    await assert.rejects(rotateRoot(options), { code: 'StorageFailed', message: /root-2\.key/ });
    assert.equal((await open()).root.fingerprint256, next.root.fingerprint256);
  });

  test('one that was cut anywhere changes nothing, and is done by the next try', async () => {
    const { options, first, open, clock } = await openHub();
    for (let writes = 0; ; writes++) {
      let left = writes;
      const keys: typeof options.keys = {
        ...options.keys,
        async writeCertificate(...rest) {
          if (left-- === 0) throw new Error('power cut');
          await options.keys.writeCertificate(...rest);
        },
        async writeDocument(...rest) {
          if (left-- === 0) throw new Error('power cut');
          await options.keys.writeDocument(...rest);
        },
      };
      const outcome = await rotateRoot({ ...options, keys }).catch((error: Error) => error.message);
      if (outcome !== 'power cut') break;
      assert.equal((await open()).root.fingerprint256, first.root.fingerprint256, `after ${writes} writes`);
    }
    const next = await open();
    assert.deepEqual(rootsAfter(first.root.toString(), next.statements, hubId), [next.root.toString()]);
    assert.equal(await isHubUnder(next.root.toString(), next, clock), true);
  });

  test('from any root that ever was, a device comes to the newest, whatever else is said', async () => {
    const { options, open, clock } = await openHub();
    const foreign = await openHub();
    await rotateRoot(foreign.options);
    const lies = (await foreign.open()).statements;
    for (let times = 0; times < 6; times++) await (times % 3 === 2 ? rotateIssuing : rotateRoot)(options);
    const { roots, statements, root, ...rest } = await open();
    const newest = root.toString();
    assert.equal(roots.length, 5);
    await fc.assert(
      fc.asyncProperty(
        fc.nat(roots.length - 1),
        fc.shuffledSubarray([...statements, ...lies], { minLength: statements.length + lies.length }),
        async (at, said) => {
          const path = rootsAfter(roots[at]!.toString(), said, hubId);
          assert.deepEqual(path, roots.slice(at + 1).map(String));
          assert.equal(
            await isHubUnder(path.at(-1) ?? newest, { ...rest, roots, statements, root }, clock),
            true,
          );
        },
      ),
      { numRuns: 30 },
    );
  });

  test('nobody else’s word leads anywhere', async () => {
    const { options, first, open } = await openHub();
    const { options: foreign, first: other, open: openOther } = await openHub();
    await rotateRoot(options);
    await rotateRoot(foreign);
    const [own] = (await open()).statements;
    const [others] = (await openOther()).statements;
    const held = first.root.toString();
    assert.deepEqual(rootsAfter(held, [others!], hubId), []);
    assert.deepEqual(rootsAfter(held, [{ ...own!, signatures: others!.signatures }], hubId), []);
    assert.deepEqual(rootsAfter(held, [own!], '01890000-0000-7000-8000-00000000ffff'), []);
    assert.deepEqual(rootsAfter(other.root.toString(), [own!], hubId), []);
    assert.deepEqual(rootsAfter('nonsense', [own!], hubId), []);
  });
});
