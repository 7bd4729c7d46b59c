import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { type RequestOptions, request } from 'node:https';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { connect, type SecureContextOptions } from 'node:tls';
import { decodeJoinToken, encodeJoinToken, type JoinToken } from '@skerry/contracts';
import {
  type Credentials,
  type Hub,
  hubCredentials,
  joinDevice,
  openStage,
  rerouteDevice,
  runJoin,
  type Stage,
  startAgent,
  startHub,
  startInterceptor,
  startRelay,
  stealIdentity,
  until,
} from '@skerry/testkit';

test('a token lets in whom it is meant for, and nobody else', async (t) => {
  const stage = openStage(t);
  const hub = await startHub(stage);
  const foreign = await startHub(stage, { data: await stage.makeFolder('foreign-hub') });
  const member = await joinDevice(stage, hub, { name: 'member' });

  await t.test('a used one is refused, and the refusal is on record', async () => {
    const { token, id } = await hub.people.deviceTokens.create({});
    assert.equal((await tryToJoin(stage, 'first', token)).code, 0);
    await isRefused(stage, 'second', token, 'TokenUsed');
    const events = await hub.people.events({ most: 20 });
    assert.ok(events.some(({ reason, about }) => reason === 'TokenRefused' && about.endsWith(id)));
  });

  await t.test('a revoked one is refused', async () => {
    const { token, id } = await hub.people.deviceTokens.create({});
    await hub.people.deviceTokens.revoke(id);
    await isRefused(stage, 'revoked', token, 'TokenInvalid');
  });

  await t.test('a forged one, and half of one, are refused', async () => {
    const { token } = await hub.people.deviceTokens.create({});
    await isRefused(stage, 'forged', altered(token, { secret: 'A'.repeat(43) }), 'TokenInvalid');
    await isRefused(stage, 'half', token.slice(0, token.length / 2), 'TokenInvalid');
  });

  await t.test('an expired one is refused', async () => {
    const { token, id } = await hub.people.deviceTokens.create({});
    await letExpire(hub, id);
    await isRefused(stage, 'late', token, 'TokenExpired');
  });

  await t.test('a lost reply costs another try, not another token', async () => {
    await using relay = await startRelay(hub.devicesPort);
    const { token, id } = await hub.people.deviceTokens.create({ deviceName: 'unlucky' });
    const rerouted = altered(token, { addresses: [`https://127.0.0.1:${relay.port}`] });
    const device = { name: 'unlucky', state: await stage.makeFolder('unlucky') };
    // Its first connection asks who the hub is, its second joins.
    relay.loseReply(2);
    const first = runJoin(stage, device, rerouted);
    await until(() => hub.people.devices.find('unlucky'), { what: 'the hub has taken the device in' });
    relay.cut();
    assert.notEqual((await first.exited).code, 0);
    relay.mend();
    assert.equal((await runJoin(stage, device, rerouted).exited).code, 0);
    const used = (await hub.people.deviceTokens.list()).find((one) => one.id === id)?.used;
    assert.equal(used, 1);
    assert.equal(
      (await hub.people.devices.list()).filter(({ metadata }) => metadata.name.startsWith('unlucky')).length,
      1,
    );
  });

  const impostors: [string, string, () => Promise<Impostor>][] = [
    [
      'another hub',
      'RootMismatch',
      async () => ({ shows: await hubCredentials(foreign.data, 'server'), target: foreign.devicesPort }),
    ],
    [
      'a man in the middle with a certificate of another hub',
      'CertificateRefused',
      async () => ({ shows: await hubCredentials(foreign.data, 'server'), target: hub.devicesPort }),
    ],
    [
      'a device that poses as the hub',
      'CertificateRefused',
      async () => ({ shows: await stealIdentity(member.state), target: hub.devicesPort }),
    ],
  ];
  for (const [who, code, impostor] of impostors)
    await t.test(`${who} gets no secret`, async () => {
      await using middle = await startInterceptor(await impostor());
      const { token } = await hub.people.deviceTokens.create({});
      const rerouted = altered(token, { addresses: [`https://127.0.0.1:${middle.port}`] });
      await isRefused(stage, 'misled', rerouted, code);
      const asked = middle.passages.map(({ method, path }) => `${method} ${path}`);
      assert.ok(
        asked.every((it) => ['GET /join/v1/chain', 'GET /join/v1/roots'].includes(it)),
        `${asked}`,
      );
      assert.ok(middle.passages.every(({ sent }) => sent.length === 0));
    });
});

test('on the device port nobody is served by mistake', async (t) => {
  const stage = openStage(t);
  const hub = await startHub(stage);
  const foreign = await startHub(stage, { data: await stage.makeFolder('foreign-hub') });
  const member = await joinDevice(stage, hub, { name: 'member' });
  const stranger = await joinDevice(stage, foreign, { name: 'stranger' });
  const own = await stealIdentity(member.state);

  await t.test('its own device is', async () => {
    assert.notEqual((await askForDesired(hub, own)).status, 401);
  });

  await t.test('a device of another hub is not', async () => {
    const answer = await askForDesired(hub, await stealIdentity(stranger.state));
    assert.equal(answer.status, 401);
    assert.match(answer.body, /CertificateRefused/);
  });

  for (const version of ['TLSv1.2', 'TLSv1.3'] as const)
    await t.test(`a session resumed without the certificate is not (${version})`, async () => {
      const only = { minVersion: version, maxVersion: version };
      const session = await sessionOf(hub, { ...own, ...only });
      const answer = await askForDesired(hub, { ...only, session });
      assert.equal(answer.status, 401);
    });

  await t.test('and a device does not serve a hub that is not its own', async () => {
    const shows = { key: own.key, cert: own.cert };
    for (const impostor of [shows, await hubCredentials(foreign.data, 'server')]) {
      await using middle = await startInterceptor({
        shows: impostor,
        asDevice: shows,
        target: hub.devicesPort,
      });
      await rerouteDevice(member.state, middle.port);
      await using agent = await startAgent(stage, member);
      const says = () => agent.program.log.some((line) => line.includes('not this device’s hub'));
      await until(says, { what: 'the agent says why it does not connect' });
      // It asks whoever answers what the hub's roots signed, and shows nothing of itself.
      const asked = middle.passages.map(({ method, path }) => `${method} ${path}`);
      assert.ok(
        asked.every((it) => it === 'GET /join/v1/roots'),
        `${asked}`,
      );
      assert.ok(middle.passages.every(({ sent }) => sent.length === 0));
    }
    assert.equal((await hub.people.devices.get('member')).value.status.lastSeen, undefined);
  });
});

interface Impostor {
  readonly shows: Credentials;
  readonly target: number;
}

async function tryToJoin(stage: Stage, name: string, token: string) {
  const program = runJoin(stage, { name, state: await stage.makeFolder(name) }, token);
  return { ...(await program.exited), said: program.stderr.join('\n') };
}

async function isRefused(stage: Stage, name: string, token: string, code: string): Promise<void> {
  const result = await tryToJoin(stage, name, token);
  assert.notEqual(result.code, 0);
  assert.match(result.said, new RegExp(`\\b${code}\\b`));
  const secret = decodeJoinToken(token)?.secret;
  assert.ok(secret === undefined || !result.said.includes(secret), 'the secret is not in the message');
}

function altered(token: string, change: Partial<JoinToken>): string {
  return encodeJoinToken({ ...decodeJoinToken(token)!, ...change });
}

/** The shortest life of a token is a minute: longer than a test should wait. */
async function letExpire(hub: Hub, id: string): Promise<void> {
  await hub.stop();
  const database = new DatabaseSync(join(hub.data, 'hub.db'));
  database
    .prepare('UPDATE device_tokens SET expires_at = ? WHERE id = ?')
    .run('2020-01-01T00:00:00.000Z', id);
  database.close();
  await hub.restart();
}

async function askForDesired(
  hub: Hub,
  shown: Partial<Credentials> & SecureContextOptions & { session?: Buffer },
) {
  const { key, cert, minVersion, maxVersion, session } = shown;
  const options = {
    host: '127.0.0.1',
    port: hub.devicesPort,
    path: '/link/v1/desired',
    rejectUnauthorized: false,
    agent: false,
  };
  const asked = request({ ...options, key, cert, minVersion, maxVersion, session } as RequestOptions).end();
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  return { status: answer.statusCode, body: await text(answer) };
}

/** What TLS gives a client with a certificate to resume its session by. */
async function sessionOf(hub: Hub, shown: Credentials & SecureContextOptions): Promise<Buffer> {
  const { key, cert, minVersion, maxVersion } = shown;
  const options = { host: '127.0.0.1', port: hub.devicesPort, rejectUnauthorized: false };
  const socket = connect({ ...options, key, cert, minVersion, maxVersion });
  const given = once(socket, 'session', { signal: AbortSignal.timeout(5_000) });
  socket.on('error', () => {});
  const [session] = await given.finally(() => socket.destroy());
  return session;
}
