import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { IntroductionResponse } from '@skerry/contracts';
import { manualClock } from '@skerry/kit/testing';
import { agentError } from '../errors.ts';
import type { HubClient } from './hub-client.ts';
import { introduction } from './introduction.ts';

const inventory = { hostname: 'h', platform: 'linux', arch: 'x64', cores: 1, memory: 1, agentVersion: '0' };

function world(answer: () => { status: number; body: object }) {
  const clock = manualClock();
  const asked: unknown[] = [];
  const hub: HubClient = {
    async request(path, { body }) {
      asked.push({ path, body: JSON.parse(String(body)) });
      const { status, body: said } = answer();
      return {
        status,
        headers: {},
        body: async () => Buffer.from(JSON.stringify(said)),
        discard() {},
      } as never;
    },
  };
  const ask = introduction({ hub, clock, name: 'till', inventory, fingerprint: () => 'sha256:12' });
  return { clock, asked, introduce: () => ask(new AbortController().signal) };
}

const says = (standing: IntroductionResponse['standing'], retryAfterMs: number) => ({
  status: 200,
  body: { standing, retryAfterMs },
});

test('a device that the hub does not know waits, and says for what', async () => {
  const { introduce, asked, clock } = world(() => says('waiting', 3_000));
  const waiting = await introduce();
  assert.match(
    waiting?.detail ?? '',
    /waits for a person .* let it in \(AwaitsAdmission\), with the certificate sha256:12/,
  );
  assert.equal(waiting?.retryAfterMs, 3_000);
  assert.deepEqual(asked, [{ path: '/link/v1/introduction', body: { name: 'till', inventory } }]);
  assert.equal(await introduce(), waiting, 'what it was told last');
  assert.equal(asked.length, 1);
  await clock.advance(1_500);
  await introduce();
  assert.equal(asked.length, 2);
});

test('a member, one that is refused and one that reaches nobody wait for nothing, and ask seldom', async () => {
  const answers = [
    () => says('member', 0),
    () => ({ status: 401, body: { type: 'urn:skerry:problem:CertificateRefused', title: '', status: 401 } }),
    () => {
      throw agentError('Unreachable', 'nobody there');
    },
  ];
  for (const answer of answers) {
    const { introduce, asked, clock } = world(answer);
    assert.equal(await introduce(), undefined);
    await clock.advance(9_000);
    assert.equal(await introduce(), undefined);
    assert.equal(asked.length, 1);
    await clock.advance(1_000);
    await introduce();
    assert.equal(asked.length, 2);
  }
});
