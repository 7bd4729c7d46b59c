import assert from 'node:assert/strict';
import { test } from 'node:test';
import { manualClock } from '@skerry/kit/testing';
import fc from 'fast-check';
import { testAuthority } from '../testing/authority.ts';
import { memoryState } from '../testing/memory-state.ts';
import { hubJudge, requireHub } from './hub-client.ts';
import { derOf } from './identity.ts';
import { keptTime } from './kept-time.ts';
import { trustedTime } from './trusted-time.ts';

const day = 86_400_000;
const hubId = '01900000-0000-7000-8000-000000000001';

test('a clock that stands before what the hub has signed is not believed', async () => {
  const clock = manualClock(0);
  const time = trustedTime(clock, 1_000_000);
  assert.deepEqual([time.now(), time.known], [1_000_000, false]);
  await clock.advance(5_000);
  assert.equal(time.now(), 1_005_000, 'what went by since lies behind us too');
  time.learn(5_000_000);
  assert.deepEqual([time.now(), time.known, time.ahead], [5_000_000, true, -4_995_000]);
});

test('a clock that jumps while it runs changes nothing', async () => {
  const clock = manualClock(1_000_000);
  const time = trustedTime(clock, 0);
  time.learn(2_000_000);
  for (const jump of [0, 400 * day, 7]) {
    clock.setNow(jump);
    await clock.advance(1_000);
  }
  assert.equal(time.now(), 2_003_000);
});

test('a hub that speaks of a time after the end of its own certificate is not believed', () => {
  const time = trustedTime(manualClock(0), 0);
  time.met({ notBefore: 1_000, notAfter: 9_000 });
  time.learn(10_000);
  assert.deepEqual([time.known, time.atLeast], [false, 1_000]);
  time.learn(8_000);
  assert.deepEqual([time.known, time.now()], [true, 8_000]);
});

test('the highest moment that the hub signed outlives the process, and is written seldom', async () => {
  const state = memoryState();
  let writes = 0;
  const counting = {
    ...state,
    remember: ((name, value) => {
      writes += 1;
      state.remember(name, value);
    }) as typeof state.remember,
  };
  const clock = manualClock(5 * day);
  const time = keptTime(clock, counting);
  time.learn(100 * day);
  for (let minutes = 0; minutes < 300; minutes++) {
    await clock.advance(60_000);
    time.witness(time.now());
  }
  assert.ok(writes <= 6, `${writes} writes in five hours`);
  const reborn = keptTime(manualClock(0), state);
  assert.ok(reborn.now() >= 100 * day + 4 * 3_600_000);
  assert.equal(reborn.known, false);
});

test('no wrong clock locks a device out, and nothing that ended before the hub’s last word is taken', async () => {
  const authority = await testAuthority();
  const root = derOf(authority.root);
  // Authorities are made before what they sign.
  const base = Math.floor(Date.now() / 1000) * 1000 + day;
  const leaves = await Promise.all(
    [0, 80, 300, 3000].map(async (days) => {
      const notBefore = base + days * day;
      const notAfter = notBefore + 90 * day;
      const { chain } = await authority.issue({ identity: { kind: 'hub', hubId }, notBefore, notAfter });
      return { notBefore, notAfter, chain: chain.map(derOf) };
    }),
  );
  const anyTime = fc.integer({ min: 0, max: 4_102_444_800_000 });
  fc.assert(
    fc.property(
      fc.constantFrom(...leaves),
      anyTime,
      fc.integer({ min: -400 * day, max: 3300 * day }),
      (leaf, wrong, word) => {
        const past = base + word;
        const time = trustedTime(manualClock(wrong), past);
        const accepts = () => requireHub(leaf.chain, root, hubId, time);
        // The hub shows a certificate that is valid; its last word to this device was before now.
        if (past <= leaf.notAfter) accepts();
        else assert.throws(accepts, { code: 'CertificateRefused', message: /expired/ });
      },
    ),
  );
});

test('what was read of a chain is remembered for that chain and root alone, and not what time said of it', async () => {
  const [authority, another] = [await testAuthority(), await testAuthority()];
  const clock = manualClock(Date.now());
  const time = trustedTime(clock, 0);
  time.learn(clock.now());
  const judge = hubJudge(time);
  const leaf = { identity: { kind: 'hub', hubId } as const, notAfter: clock.now() + day };
  const chain = (await authority.issue(leaf)).chain.map(derOf);
  const forged = (await another.issue(leaf)).chain.map(derOf);
  const pinned = { root: authority.root, hubId };
  judge(chain, pinned);
  judge(chain, pinned);
  assert.throws(() => judge(chain, { ...pinned, root: another.root }), { code: 'CertificateRefused' });
  judge(chain, pinned);
  assert.throws(() => judge(forged, pinned), { code: 'CertificateRefused' });
  assert.throws(() => judge([forged[0]!, ...chain.slice(1)], pinned), { code: 'CertificateRefused' });
  assert.throws(() => judge(chain, { ...pinned, hubId: `${hubId}x` }), /another hub/);
  judge(chain, pinned);
  await clock.advance(2 * day);
  assert.throws(() => judge(chain, pinned), /expired/);
});

test('once the time is known, a certificate of the hub that has ended is refused', async () => {
  const authority = await testAuthority();
  const clock = manualClock(Date.now());
  const { chain } = await authority.issue({ identity: { kind: 'hub', hubId }, notAfter: clock.now() + day });
  const time = trustedTime(clock, 0);
  time.learn(clock.now());
  const show = () => requireHub(chain.map(derOf), derOf(authority.root), hubId, time);
  show();
  clock.setNow(0);
  await clock.advance(2 * day);
  assert.throws(show, /expired/);
});
