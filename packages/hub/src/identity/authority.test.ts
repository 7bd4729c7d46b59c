import assert from 'node:assert/strict';
import { createPublicKey, generateKeyPairSync, type X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { connect, createServer, type TLSSocket } from 'node:tls';
import { identityUri, type Trust, verifyIdentity } from '@skerry/contracts';
import { isSkerryError, silentLogger } from '@skerry/kit';
import { nodeDisk, nodeRandom } from '@skerry/kit/node';
import { manualClock } from '@skerry/kit/testing';
import { contextOptions } from '../devices-port/tls-options.ts';
import { type Authority, openAuthority } from './authority.ts';
import { keepHubCertificate } from './hub-certificate.ts';
import { keyFolder } from './key-folder.ts';

const hubId = '01890000-0000-7000-8000-00000000abcd';
const start = Date.parse('2026-06-01T00:00:00Z');
const day = 86_400_000;
const device = { kind: 'device' as const, hubId, projectId: hubId, deviceId: hubId };

describe('the authority', () => {
  let folder = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'skerry-keys-'));
  });
  after(() => rm(folder, { recursive: true }));

  const clock = manualClock(start);
  const open = (name: string) => {
    const keys = keyFolder(nodeDisk(), join(folder, name));
    return openAuthority({ hubId, keys, clock, random: nodeRandom() });
  };
  const newDevice = async (authority: Authority) => {
    const [leaf] = await authority.issueForDevice({
      commonName: 'device',
      publicKey: generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey,
      usages: ['clientAuth'],
      uri: identityUri(device),
      life: day,
    });
    return leaf;
  };
  const trustIn = (authority: Authority, more: Partial<Trust> = {}): Trust => ({
    root: authority.root.raw,
    now: start,
    kind: 'device',
    hubId,
    ...more,
  });

  test('keys are made once, for their owner alone', async () => {
    const first = await open('kept');
    const again = await open('kept');
    assert.equal(again.root.fingerprint256, first.root.fingerprint256);
    assert.equal(again.deviceIssuer.fingerprint256, first.deviceIssuer.fingerprint256);
    const files = await readdir(join(folder, 'kept'));
    assert.deepEqual(files.sort(), [
      'devices-ca.crt',
      'devices-ca.key',
      'hub-ca.crt',
      'hub-ca.key',
      'root.crt',
      'root.key',
    ]);
    for (const file of files)
      assert.equal((await stat(join(folder, 'kept', file))).mode & 0o777, 0o600, file);
    assert.equal((await stat(join(folder, 'kept'))).mode & 0o777, 0o700);
  });

  test('the root’s key may be taken away, and is missed only when it is needed', async () => {
    const { root } = await open('offline');
    await rm(join(folder, 'offline', 'root.key'));
    const authority = await open('offline');
    const leaf = await newDevice(authority);
    assert.ok(verifyIdentity([leaf.raw, authority.deviceIssuer.raw], trustIn(authority)).ok);
    assert.equal(authority.root.fingerprint256, root.fingerprint256);
    await rm(join(folder, 'offline', 'hub-ca.crt'));
    await assert.rejects(
      open('offline'),
      (error) => isSkerryError(error, 'StorageFailed') && /root\.key/.test(error.message),
    );
  });

  test('a certificate says who, for how long and what for, and holds for nothing else', async () => {
    const authority = await open('judged');
    const leaf = await newDevice(authority);
    const chain = [leaf.raw, authority.deviceIssuer.raw];
    const verdict = verifyIdentity(chain, trustIn(authority));
    assert.ok(verdict.ok);
    assert.deepEqual(verdict.identity, device);
    const refused: [Uint8Array[], Partial<Trust>][] = [
      [chain, { kind: 'hub' }],
      [chain, { kind: 'signer' }],
      [chain, { now: start + day + 1000 }],
      [chain, { now: start - 6 * 60_000 }],
      [chain, { projectId: '01890000-0000-7000-8000-00000000ffff' }],
      [chain, { isRevoked: () => true }],
      [chain, { root: (await open('another')).root.raw }],
      [[leaf.raw], {}],
      [[leaf.raw, authority.hubIssuer.raw], {}],
      [[leaf.raw, authority.root.raw], {}],
      [[authority.deviceIssuer.raw, authority.root.raw], {}],
      [[leaf.raw, leaf.raw], {}],
    ];
    for (const [shown, trust] of refused)
      assert.equal(verifyIdentity(shown, trustIn(authority, trust)).ok, false);
  });

  test('the authority of devices cannot make a hub, whatever it signs', async () => {
    const authority = await open('judged');
    const [leaf] = await authority.issueForDevice({
      commonName: 'hub',
      publicKey: generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey,
      usages: ['serverAuth'],
      uri: identityUri({ kind: 'hub', hubId }),
      life: day,
    });
    assert.equal(
      verifyIdentity([leaf.raw, authority.deviceIssuer.raw], trustIn(authority, { kind: 'hub' })).ok,
      false,
    );
  });

  test('no two certificates have one serial number', async () => {
    const authority = await open('judged');
    const leaves = await Promise.all(Array.from({ length: 20 }, () => newDevice(authority)));
    assert.equal(new Set(leaves.map(({ serialNumber }) => serialNumber)).size, 20);
  });

  test('the server’s certificate is renewed at two thirds of its life, while it serves, on the same key', async () => {
    const authority = await open('server');
    const keys = keyFolder(nodeDisk(), join(folder, 'server'));
    const wish = {
      commonName: 'hub',
      usages: ['serverAuth'] as const,
      uri: identityUri({ kind: 'hub', hubId }),
      hosts: ['localhost', '127.0.0.1'],
      life: 90 * day,
    };
    const certificate = await keepHubCertificate({
      authority,
      keys,
      clock,
      logger: silentLogger,
      name: 'server',
      wish,
    });
    const server = createServer(contextOptions(authority, certificate), (socket) => socket.end());
    certificate.onRenewed(() => server.setSecureContext(contextOptions(authority, certificate)));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;

    const first = await shownAt(port);
    await clock.advance(60 * day - 1000);
    assert.equal((await shownAt(port)).serialNumber, first.serialNumber);
    const renewed = new Promise<void>((resolve) => certificate.onRenewed(resolve));
    await clock.advance(2000);
    await renewed;
    const second = await shownAt(port);
    assert.notEqual(second.serialNumber, first.serialNumber);
    assert.ok(second.validToDate > first.validToDate);
    const spki = (it: X509Certificate) => it.publicKey.export({ type: 'spki', format: 'pem' });
    assert.equal(spki(second), spki(first));
    assert.equal(spki(second), createPublicKey(certificate.key).export({ type: 'spki', format: 'pem' }));
    certificate.stop();
    server.close();
    assert.equal(clock.waiting, 0);
  });

  test('a certificate that was made while the clock was ahead is made anew once the clock is set right', async () => {
    const keys = keyFolder(nodeDisk(), join(folder, 'ahead'));
    const authority = await open('ahead');
    clock.setNow(clock.now() + day);
    const certificate = await keepHubCertificate({
      ...{ authority, keys, clock, logger: silentLogger, name: 'server' },
      wish: {
        commonName: 'hub',
        usages: ['serverAuth'],
        uri: identityUri({ kind: 'hub', hubId }),
        life: 90 * day,
      },
    });
    const [ahead] = certificate.chain();
    clock.setNow(clock.now() - day);
    assert.ok(ahead!.validFromDate.getTime() > clock.now());
    const renewed = new Promise<void>((resolve) => certificate.onRenewed(resolve));
    await clock.advance(5 * 60_000);
    await renewed;
    assert.ok(certificate.chain()[0]!.validFromDate.getTime() <= clock.now());
    certificate.stop();
    assert.equal(clock.waiting, 0);
  });
});

async function shownAt(port: number): Promise<X509Certificate> {
  const socket: TLSSocket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const shown = socket.getPeerX509Certificate()!;
  socket.destroy();
  return shown;
}
