import assert from 'node:assert/strict';
import { createPublicKey, verify } from 'node:crypto';
import { test } from 'node:test';
import { encodeJoinToken, type JoinRequest, type JoinToken, joinProof } from '@skerry/contracts';
import type { Http, HttpRequest, HttpResponse } from '@skerry/kit';
import { manualClock, memoryDisk } from '@skerry/kit/testing';
import { type TestAuthority, testAuthority } from '../testing/authority.ts';
import { derOf } from './identity.ts';
import { join } from './join.ts';
import { readIdentity } from './kept-identity.ts';

const hubId = '01900000-0000-7000-8000-000000000001';
const projectId = '01900000-0000-7000-8000-000000000002';
const deviceId = '01900000-0000-7000-8000-000000000003';
const secret = 'S'.repeat(43);
const inventory = {
  hostname: 'till',
  platform: 'linux',
  arch: 'x64',
  cores: 1,
  memory: 1,
  agentVersion: '0',
};

/** A hub as the wire shows it. `answer` makes the reply to the second request. */
async function openHub(
  answer: (request: JoinRequest) => Promise<HttpResponse>,
  impostor?: (authority: TestAuthority) => Promise<{ chain: string[] }>,
) {
  const authority = await testAuthority();
  const server = await authority.issue({ identity: { kind: 'hub', hubId } });
  const presented = (await impostor?.(authority))?.chain ?? server.chain;
  const said: string[] = [];
  const http: Http = {
    async request(request: HttpRequest) {
      request.tls?.verifyPeer?.(presented.map(derOf));
      const body = String(request.body ?? '');
      said.push(`${request.method} ${new URL(request.url).pathname} ${body}`);
      if (request.method === 'GET') return response(200, { hubId, chain: [server.chain[1], authority.root] });
      return answer(JSON.parse(body) as JoinRequest);
    },
    close() {},
  };
  const token: JoinToken = {
    addresses: ['https://hub:8443'],
    root: authority.fingerprint,
    id: hubId,
    secret,
  };
  const disk = memoryDisk();
  const tryToJoin = (changes: Partial<JoinToken> = {}) =>
    join({
      http,
      disk,
      clock: manualClock(Date.now()),
      state: '/state',
      inventory,
      token: encodeJoinToken({ ...token, ...changes }),
    });
  return { authority, disk, said, tryToJoin };
}

function response(status: number, json: unknown): HttpResponse {
  const bytes = Buffer.from(JSON.stringify(json));
  return {
    status,
    headers: {},
    body: async () => bytes,
    async *stream() {},
    discard() {},
    peerChain: () => [],
  };
}

async function openGoodHub() {
  const asked: JoinRequest[] = [];
  const replies = { lost: 0 };
  const hub = await openHub(async (request) => {
    asked.push(request);
    const publicKey = createPublicKey(request.publicKey);
    const { chain } = await hub.authority.issue({
      identity: { kind: 'device', hubId, projectId, deviceId },
      publicKey,
    });
    if (replies.lost-- > 0) throw new Error('the connection was cut');
    return response(200, {
      hubId,
      projectId,
      deviceId,
      project: 'default',
      name: 'till',
      chain: [...chain, hub.authority.root],
      addresses: ['https://hub:8443'],
    });
  });
  return { ...hub, asked, replies };
}

test('a device joins with a key of its own, proven, and remembers who it is', async () => {
  const { asked, disk, tryToJoin } = await openGoodHub();
  const device = await tryToJoin();
  const [request] = asked;
  assert.ok(request);
  const proof = Buffer.from(request.proof, 'base64url');
  assert.ok(
    verify('sha256', Buffer.from(joinProof(request.tokenId, request.publicKey)), request.publicKey, proof),
  );
  assert.deepEqual(
    { ...(await readIdentity(disk, '/state')), certifiedAt: 0 },
    { ...device, certifiedAt: 0 },
  );
  assert.equal((await disk.stat('/state/identity/key.pem'))?.mode, 0o600);
  await assert.rejects(tryToJoin(), { code: 'Conflict' });
});

test('a reply that gets lost costs another try with the same key', async () => {
  const { asked, replies, tryToJoin } = await openGoodHub();
  replies.lost = 1;
  await assert.rejects(tryToJoin());
  await tryToJoin();
  assert.equal(asked.length, 2);
  assert.equal(asked[0]?.publicKey, asked[1]?.publicKey);
});

test('who shows another root gets no secret', async () => {
  const { said, tryToJoin } = await openGoodHub();
  await assert.rejects(tryToJoin({ root: `sha256:${'0'.repeat(64)}` }), { code: 'RootMismatch' });
  assert.deepEqual(
    said.filter((line) => line.includes(secret)),
    [],
  );
});

const nobodyAsked = async () => assert.fail('it was asked');

test('who knows the root’s certificate and not its keys gets no secret', async () => {
  const other = await testAuthority();
  const hub = await openHub(nobodyAsked, () => other.issue({ identity: { kind: 'hub', hubId } }));
  await assert.rejects(hub.tryToJoin(), { code: 'CertificateRefused', message: /another root/ });
  assert.deepEqual(
    hub.said.filter((line) => line.includes(secret)),
    [],
  );
});

test('a device of the hub that poses as the hub gets no secret', async () => {
  const posing = { kind: 'device', hubId, projectId, deviceId } as const;
  const hub = await openHub(nobodyAsked, (authority) => authority.issue({ identity: posing }));
  await assert.rejects(hub.tryToJoin(), { code: 'CertificateRefused', message: /not meant for a hub/ });
  assert.deepEqual(
    hub.said.filter((line) => line.includes(secret)),
    [],
  );
});

test('a certificate that holds another key is not taken', async () => {
  const hub = await openHub(async () => {
    const { chain } = await hub.authority.issue({ identity: { kind: 'device', hubId, projectId, deviceId } });
    return response(200, {
      hubId,
      projectId,
      deviceId,
      project: 'default',
      name: 'till',
      chain: [...chain, hub.authority.root],
      addresses: ['https://hub:8443'],
    });
  });
  await assert.rejects(hub.tryToJoin(), { code: 'CertificateRefused', message: /another key/ });
  assert.equal(await readIdentity(hub.disk, '/state'), undefined);
});

test('a text that is no token is refused before anybody is asked', async () => {
  const { disk } = await openGoodHub();
  const http: Http = { request: () => assert.fail('somebody was asked'), close() {} };
  const clock = manualClock();
  await assert.rejects(join({ http, disk, clock, state: '/state', token: 'skerry-join.abc', inventory }), {
    code: 'TokenInvalid',
  });
});
