import assert from 'node:assert/strict';
import { createPublicKey, verify } from 'node:crypto';
import { test } from 'node:test';
import { type RenewRequest, renewProof } from '@skerry/contracts';
import { silentLogger } from '@skerry/kit';
import { type ManualClock, manualClock, seededRandom } from '@skerry/kit/testing';
import { testAuthority } from '../testing/authority.ts';
import { type DeviceIdentity, validityOf } from './identity.ts';
import { makeKey } from './key.ts';
import { renewsAt, startRenewal } from './renewal.ts';
import { trustedTime } from './trusted-time.ts';

const ids = {
  hubId: '01900000-0000-7000-8000-000000000001',
  projectId: '01900000-0000-7000-8000-000000000002',
  deviceId: '01900000-0000-7000-8000-000000000003',
};
const day = 86_400_000;

async function open(clock: ManualClock, hub: 'known' | 'unknown' = 'known') {
  const made = clock.now();
  const time = trustedTime(clock, 0);
  if (hub === 'known') time.learn(clock.now());
  let authority = await testAuthority();
  const key = makeKey();
  /** On the thread pool, for as long as that is busy. */
  let signing: Promise<unknown> | undefined;
  const certify = async () => {
    const now = made + clock.monotonic();
    const wish = { publicKey: createPublicKey(key), notBefore: now - 300_000, notAfter: now + 30 * day };
    const issuing = authority.issue({ identity: { kind: 'device', ...ids }, ...wish });
    signing = issuing;
    return (await issuing).chain;
  };
  let identity: DeviceIdentity = {
    ...ids,
    key,
    chain: await certify(),
    certifiedAt: clock.now(),
    root: authority.root,
    project: 'default',
    name: 'a',
    addresses: [],
  };
  const asked: RenewRequest[] = [];
  const told: string[] = [];
  let away = false;
  let isSilent = false;
  let next: typeof authority | undefined;
  const renewal = startRenewal({
    clock,
    random: seededRandom(1),
    logger: silentLogger,
    time,
    tell: (_severity, reason) => void told.push(reason),
    identity: () => identity,
    link: {
      async renew(request, signal) {
        asked.push(request);
        if (isSilent) await clock.sleep(day, signal);
        if (away) throw new Error('the hub is away');
        authority = next ?? authority;
        identity = { ...identity, root: authority.root };
        return { chain: await certify() };
      },
    },
    async onRenewed(chain) {
      identity = { ...identity, chain, certifiedAt: clock.now() };
    },
  });
  const pass = async (ms: number) => {
    await clock.advance(ms);
    await signing;
    await clock.advance(0);
  };
  return {
    renewal,
    asked,
    told,
    time,
    pass,
    identity: () => identity,
    setAway: (value: boolean) => (away = value),
    fallSilent: () => (isSilent = true),
    setNextRoot: (value: typeof authority) => (next = value),
  };
}

test('a certificate is renewed at two thirds of its life, with a proof of the same key', async () => {
  const clock = manualClock(Date.now());
  const { renewal, asked, told, pass, identity } = await open(clock);
  const before = identity();
  assert.ok(Math.abs(renewsAt(before) - (before.certifiedAt + 20 * day)) < 5_000);
  await pass(18 * day);
  assert.equal(asked.length, 0);
  await pass(2 * day);
  const [request] = asked;
  assert.ok(request);
  const text = Buffer.from(renewProof(ids.deviceId, request.publicKey));
  assert.ok(verify('sha256', text, request.publicKey, Buffer.from(request.proof, 'base64url')));
  assert.ok(validityOf(identity().chain).notAfter > validityOf(before.chain).notAfter);
  assert.deepEqual(told, ['Renewed']);
  await renewal.stop();
});

test('a root that is pinned on the way to the hub counts for what the hub gives', async () => {
  const clock = manualClock(Date.now());
  const { renewal, told, pass, identity, setNextRoot } = await open(clock);
  const next = await testAuthority();
  setNextRoot(next);
  await pass(20 * day);
  assert.deepEqual(told, ['Renewed']);
  assert.equal(identity().root, next.root);
  await renewal.stop();
});

test('while the hub is away it is tried again and again, and told once', async () => {
  const clock = manualClock(Date.now());
  const { renewal, asked, told, pass, setAway } = await open(clock);
  setAway(true);
  await pass(20 * day);
  await pass(3 * 3_600_000);
  assert.ok(asked.length > 3, `tried ${asked.length} times`);
  assert.deepEqual(told, ['RenewalFailed']);
  setAway(false);
  await pass(2 * 3_600_000);
  assert.deepEqual(told, ['RenewalFailed', 'Renewed']);
  await renewal.stop();
});

test('who stops while the hub has not answered yet has failed at nothing', async () => {
  const clock = manualClock(Date.now());
  const { renewal, asked, told, pass, fallSilent } = await open(clock);
  fallSilent();
  await pass(20 * day);
  assert.equal(asked.length, 1);
  await renewal.stop();
  assert.deepEqual(told, []);
});

test('while the time is not known the certificate may have ended, and is renewed whatever the clock says', async () => {
  for (const wrong of [0, -400 * day, 400 * day]) {
    const clock = manualClock(Date.now());
    const { renewal, asked, pass, time } = await open(clock, 'unknown');
    clock.setNow(clock.now() + wrong);
    await pass(30_000);
    assert.equal(asked.length, 1, `once, and not again and again (${wrong})`);
    time.learn(Date.now());
    await pass(day);
    assert.equal(asked.length, 1, 'the time is known: it is good for long');
    await renewal.stop();
  }
});
