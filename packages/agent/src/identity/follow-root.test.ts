import assert from 'node:assert/strict';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { type DsseEnvelope, signNextRoot } from '@skerry/contracts';
import { type Http, type HttpResponse, silentLogger } from '@skerry/kit';
import { manualClock, memoryDisk, seededRandom } from '@skerry/kit/testing';
import { agentError } from '../errors.ts';
import type { Link } from '../link/link.ts';
import { openSelf } from '../self.ts';
import { type TestAuthority, testAuthority } from '../testing/authority.ts';
import { memoryState } from '../testing/memory-state.ts';
import { followingRoot } from './follow-root.ts';
import { type DeviceIdentity, derOf } from './identity.ts';
import { readIdentity, writeIdentity, writeKey } from './kept-identity.ts';

const ids = {
  hubId: '01900000-0000-7000-8000-000000000001',
  projectId: '01900000-0000-7000-8000-000000000002',
  deviceId: '01900000-0000-7000-8000-000000000003',
};

const wordOf = (old: TestAuthority, next: TestAuthority): DsseEnvelope =>
  signNextRoot(
    ids.hubId,
    { certificate: new X509Certificate(old.root), key: createPrivateKey(old.rootKey) },
    new X509Certificate(next.root),
  );

/** A device that holds the root of `held`, where somebody answers under the root of `shown` and says `statements`. */
async function open(held: TestAuthority, shown: TestAuthority, statements: DsseEnvelope[]) {
  const disk = memoryDisk();
  const { chain, key } = await held.issue({ identity: { kind: 'device', ...ids } });
  const server = await shown.issue({ identity: { kind: 'hub', hubId: ids.hubId } });
  const named = { project: 'default', name: 'a', addresses: ['https://hub:8443'] };
  const identity: DeviceIdentity = { ...ids, ...named, key, chain, certifiedAt: 0, root: held.root };
  await writeKey(disk, '/state', key);
  await writeIdentity(disk, '/state', identity);
  const clock = manualClock(Date.now());
  let asked = 0;
  const http: Http = {
    async request() {
      asked += 1;
      return answer({ hubId: ids.hubId, roots: [shown.root], statements }, server.chain);
    },
    close() {},
  };
  const ports = { clock, random: seededRandom(1), http, disk };
  const self = openSelf({ ports, logger: silentLogger, identity, folder: '/state', state: memoryState() });
  const told: string[] = [];
  const link = followingRoot(linkTo(self, shown), {
    ...ports,
    logger: silentLogger,
    self,
    tell: (_severity, reason) => void told.push(reason),
  });
  const renew = () => link.renew({ publicKey: '', proof: '' });
  const kept = () => readIdentity(disk, '/state');
  return { clock, renew, self, told, kept, asked: () => asked };
}

/** Reaches the hub once its root is pinned. */
const linkTo = (self: ReturnType<typeof openSelf>, { root }: TestAuthority): Link => ({
  connect: () => assert.fail('nobody connects here'),
  fetchDesired: () => assert.fail('nobody asks for it here'),
  async renew() {
    if (!isSame(self.identity.root, root)) throw agentError('CertificateRefused', 'another root');
    return { chain: [] };
  },
});

const print = (pem: string) => new X509Certificate(pem).fingerprint256;
const isSame = (a: string, b: string) => print(a) === print(b);

const answer = (json: unknown, chain: readonly string[]): HttpResponse => ({
  status: 200,
  headers: {},
  body: async () => Buffer.from(JSON.stringify(json)),
  async *stream() {},
  discard() {},
  peerChain: () => chain.map(derOf),
});

test('from the root that is held a device goes to the one that its hub shows, and keeps it', async () => {
  const [first, second, third] = await Promise.all([testAuthority(), testAuthority(), testAuthority()]);
  const said = [wordOf(second, third), wordOf(first, second)];
  const { renew, kept, told } = await open(first, third, said);
  await renew();
  const now = await kept();
  const roots = [...(now?.formerRoots ?? []), now?.root ?? ''].map(print);
  assert.deepEqual(
    roots,
    [first, second, third].map(({ root }) => print(root)),
  );
  assert.deepEqual(told, ['RootChanged']);
  await renew();
  assert.deepEqual(told, ['RootChanged']);
});

test('nobody is followed whom the root that is held has not named, or who does not stand under it', async () => {
  const [held, named, impostor] = await Promise.all([testAuthority(), testAuthority(), testAuthority()]);
  const altered = { ...wordOf(held, impostor), signatures: wordOf(impostor, held).signatures };
  for (const said of [[], [wordOf(impostor, impostor)], [altered], [wordOf(held, named)]]) {
    const { renew, kept, told } = await open(held, impostor, said);
    await assert.rejects(renew(), { code: 'CertificateRefused' });
    assert.equal((await kept())?.root, held.root);
    assert.deepEqual(told, []);
  }
});

test('who has no word for us is asked once a minute, however often the link is tried', async () => {
  const [held, impostor] = await Promise.all([testAuthority(), testAuthority()]);
  const { clock, renew, asked } = await open(held, impostor, []);
  for (let tries = 0; tries < 5; tries++) await assert.rejects(renew());
  assert.equal(asked(), 1);
  await clock.advance(60_000);
  await assert.rejects(renew());
  assert.equal(asked(), 2);
});
