import assert from 'node:assert/strict';
import { test } from 'node:test';
import { identityUri } from '@skerry/contracts';
import { silentLogger } from '@skerry/kit';
import { nodeRandom } from '@skerry/kit/node';
import { manualClock, memoryDisk } from '@skerry/kit/testing';
import { openAuthority } from './authority.ts';
import { keepHubCertificate } from './hub-certificate.ts';
import { keyFolder } from './key-folder.ts';

const hubId = '01890000-0000-7000-8000-00000000abcd';
const DAY = 86_400_000;
const HOUR = 3_600_000;

async function open() {
  const clock = manualClock(Date.parse('2026-06-01T00:00:00Z'));
  const keys = keyFolder(memoryDisk(), '/keys');
  const authority = await openAuthority({ hubId, keys, clock, random: nodeRandom() });
  const wish = {
    commonName: 'hub',
    usages: ['serverAuth'] as const,
    uri: identityUri({ kind: 'hub', hubId }),
    life: 30 * DAY,
  };
  const own = { authority, keys, clock, logger: silentLogger, name: 'server', wish };
  const certificate = await keepHubCertificate(own);
  return { clock, certificate };
}

test('a certificate that was made while the clock was behind is made anew once the clock is set right', async () => {
  const { clock, certificate } = await open();
  clock.setNow(clock.now() + 60 * DAY);
  const renewed = new Promise<void>((resolve) => certificate.onRenewed(resolve));
  await clock.advance(HOUR);
  await renewed;
  const { validFromDate, validToDate } = certificate.chain()[0]!;
  assert.ok(validFromDate.getTime() <= clock.now() && clock.now() < validToDate.getTime());
  certificate.stop();
  assert.equal(clock.waiting, 0);
});

test('a clock that jumps ahead within its time, or by more than a year, changes no certificate', async () => {
  const { clock, certificate } = await open();
  const before = certificate.chain()[0]!;
  for (const days of [20, 500]) {
    clock.setNow(clock.now() + days * DAY);
    await clock.advance(HOUR);
    clock.setNow(clock.now() - days * DAY);
  }
  assert.equal(certificate.chain()[0], before);
  certificate.stop();
});
