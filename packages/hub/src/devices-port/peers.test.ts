import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { silentLogger } from '@skerry/kit';
import { manualClock } from '@skerry/kit/testing';
import type { DeviceVerdict } from '../identity/device-certificates.ts';
import { peers } from './peers.ts';

const start = Date.parse('2026-06-01T00:00:00Z');

/** A connection whose handshake is done, as far as it matters here. */
function socketOf(certificate: string | undefined, { reused = false, address = '10.0.0.1' } = {}): TLSSocket {
  return Object.assign(new PassThrough(), {
    remoteAddress: address,
    isSessionReused: () => reused,
    getPeerX509Certificate: () => certificate && { raw: Buffer.from(certificate) },
  }) as unknown as TLSSocket;
}

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

function open(expiresAt = start + 3_600_000) {
  const clock = manualClock(start);
  let verified = Promise.resolve();
  const identify = async ([der]: readonly Uint8Array[]): Promise<DeviceVerdict> => {
    await verified;
    if (!der) return { ok: false, why: 'no certificate was shown' };
    const deviceId = Buffer.from(der).toString();
    const device = { projectId: 'p', deviceId, serial: '1', expiresAt, expired: clock.now() > expiresAt };
    return { ok: true, device };
  };
  const renewed = { until: expiresAt, lookedUp: () => {} };
  const validUntil = async () => {
    renewed.lookedUp();
    await settled();
    return renewed.until;
  };
  const certificates = { identify, validUntil };
  const known = peers({ certificates, clock, logger: silentLogger });
  const admit = async (socket: TLSSocket) => {
    known.admit(socket);
    return { socket, verdict: await known.of(socket) };
  };
  const hold = () => {
    const gate = Promise.withResolvers<void>();
    verified = gate.promise;
    return gate.resolve;
  };
  const fail = (error: Error) => {
    verified = Promise.reject(error);
  };
  return { clock, known, admit, hold, fail, renewed };
}

test('a connection ends with the certificate that it was made with', async () => {
  const { clock, admit } = open();
  const { socket, verdict } = await admit(socketOf('device'));
  assert.equal(verdict.ok, true);
  await clock.advance(3_600_000 - 1);
  assert.equal(socket.destroyed, false);
  await clock.advance(1);
  assert.equal(socket.destroyed, true);
});

test('a connection outlives its certificate where the device has renewed it', async () => {
  const { clock, admit, renewed } = open();
  const { socket } = await admit(socketOf('device'));
  renewed.until = start + 7_200_000;
  await clock.advance(7_200_000 - 1);
  assert.equal(socket.destroyed, false);
  await clock.advance(1);
  assert.equal(socket.destroyed, true);
});

test('a connection that ends while its certificate is looked up is watched no more', async () => {
  const { clock, admit, renewed } = open();
  const { socket } = await admit(socketOf('device'));
  renewed.until = start + 7_200_000;
  renewed.lookedUp = () => void socket.destroy();
  await clock.advance(3_600_000);
  await settled();
  assert.equal(clock.waiting, 0);
});

test('a connection outlives a database that is away when its certificate ends, and not one that is back', async () => {
  const { clock, admit, renewed } = open();
  const { socket } = await admit(socketOf('device'));
  renewed.lookedUp = () => {
    throw new Error('the database is away');
  };
  await clock.advance(3_600_000 + 150_000);
  assert.equal(socket.destroyed, false);
  renewed.lookedUp = () => {};
  await clock.advance(60_000);
  assert.equal(socket.destroyed, true);
});

test('a connection whose certificate could not be checked is cut', async () => {
  const { admit, fail } = open();
  fail(new Error('the database is away'));
  const { socket, verdict } = await admit(socketOf('device'));
  assert.deepEqual([socket.destroyed, verdict.ok], [true, false]);
});

test('without identity, or with one that has ended, it lasts as long as joining takes', async () => {
  for (const { admit, clock, shown } of [
    { ...open(), shown: undefined },
    { ...open(start - 1), shown: 'device' },
  ]) {
    const { socket } = await admit(socketOf(shown));
    await clock.advance(59_000);
    assert.equal(socket.destroyed, false);
    await clock.advance(1_000);
    assert.equal(socket.destroyed, true);
  }
});

test('one address holds a hundred connections without identity, and gets room again when they end', async () => {
  const { admit } = open();
  const sockets: TLSSocket[] = [];
  for (let count = 0; count < 101; count++) sockets.push((await admit(socketOf(undefined))).socket);
  assert.deepEqual([sockets.filter((it) => it.destroyed).length, sockets[100]!.destroyed], [1, true]);
  assert.equal((await admit(socketOf(undefined, { address: '10.0.0.2' }))).socket.destroyed, false);
  assert.equal((await admit(socketOf('device'))).socket.destroyed, false);
  sockets[0]!.destroy();
  await settled();
  assert.equal((await admit(socketOf(undefined))).socket.destroyed, false);
});

test('a resumed session is cut, whatever it was', async () => {
  const { known, admit } = open();
  const { socket, verdict } = await admit(socketOf('device', { reused: true }));
  assert.deepEqual([socket.destroyed, verdict.ok], [true, false]);
  assert.equal((await known.of(socketOf('never admitted'))).ok, false);
});

test('a revoked device loses its connections, also one that is just being judged; others keep theirs', async () => {
  const { known, admit, hold } = open();
  const { socket: live } = await admit(socketOf('revoked'));
  const { socket: other } = await admit(socketOf('other'));
  const release = hold();
  const judged = socketOf('revoked');
  known.admit(judged);
  known.disconnect('revoked');
  release();
  assert.equal((await known.of(judged)).ok, false);
  assert.deepEqual([live.destroyed, judged.destroyed, other.destroyed], [true, true, false]);
});

test('one that joins, and one that is being judged, notice nothing when another device is revoked', async () => {
  const { known, admit, hold } = open();
  const { socket: joining } = await admit(socketOf(undefined));
  const release = hold();
  const judged = socketOf('other');
  known.admit(judged);
  known.disconnect('revoked');
  release();
  assert.equal((await known.of(judged)).ok, true);
  assert.deepEqual([joining.destroyed, judged.destroyed], [false, false]);
});

test('one whose certificate has ended loses its connection too once it is revoked', async () => {
  const { known, admit } = open(start - 1);
  const { socket } = await admit(socketOf('revoked'));
  known.disconnect('revoked');
  assert.equal(socket.destroyed, true);
});
