import assert from 'node:assert/strict';
import { test } from 'node:test';
import { identityUri } from '@skerry/contracts';
import { nodeRandom } from '@skerry/kit/node';
import { manualClock, memoryDisk, recordingLogger } from '@skerry/kit/testing';
import { openAuthority } from './authority.ts';
import { keepHubCertificate } from './hub-certificate.ts';
import { keyFolder } from './key-folder.ts';

const hubId = '01890000-0000-7000-8000-00000000abcd';
const DAY = 86_400_000;
const HOUR = 3_600_000;

test('a clock that jumps ahead gives no certificate another time; past its end, people are told what to do', async () => {
  const clock = manualClock(Date.parse('2026-06-01T00:00:00Z'));
  const logger = recordingLogger();
  const keys = keyFolder(memoryDisk(), '/keys');
  const authority = await openAuthority({ hubId, keys, clock, random: nodeRandom() });
  const wish = {
    commonName: 'hub',
    usages: ['serverAuth'] as const,
    uri: identityUri({ kind: 'hub', hubId }),
    life: 30 * DAY,
  };
  const certificate = await keepHubCertificate({ authority, keys, clock, logger, name: 'server', wish });
  const before = certificate.chain()[0]!;
  for (const days of [20, 60]) {
    clock.setNow(clock.now() + days * DAY);
    await clock.advance(HOUR);
    assert.equal(certificate.chain()[0], before);
    assert.equal(/restart/.test(logger.lines[0]?.message ?? ''), days === 60, `${days} days`);
    clock.setNow(clock.now() - days * DAY);
  }
  certificate.stop();
  assert.equal(clock.waiting, 0);
});
