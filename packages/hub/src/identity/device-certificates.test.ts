import assert from 'node:assert/strict';
import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { identityUri } from '@skerry/contracts';
import { memoryDisk } from '@skerry/kit/testing';
import { testApi } from '../api/api-suite.ts';
import { forEachDatabase } from '../db/store-suite.ts';
import { openAuthority } from './authority.ts';
import { deviceCertificates } from './device-certificates.ts';
import { hashOfKey } from './device-key.ts';
import { keyFolder } from './key-folder.ts';
import { rotateIssuing, rotateRoot } from './rotate.ts';
import { deleteEndedCertificates } from './store.ts';

const hubId = '01890000-0000-7000-8000-00000000abcd';
const newKey = () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey;

forEachDatabase('certificates of devices', (context) => {
  let names = 0;
  const open = async () => {
    const api = await testApi(context());
    const device = { projectId: api.projectId, deviceId: await api.join(`certified-${++names}`) };
    const disk = memoryDisk();
    const options = { ...context(), hubId, keys: keyFolder(disk, '/keys') };
    const start = async (life = 60_000, clock = context().clock) => {
      const authority = await openAuthority({ ...options, clock });
      const hasDevice = async () => true;
      const its = { ...context(), clock };
      return { authority, ...deviceCertificates({ context: its, authority, life, hasDevice }) };
    };
    type Running = Awaited<ReturnType<typeof start>>;
    const key = newKey();
    const issue = async (hub: Running) =>
      (await hub.issue(device, { key, sha256: hashOfKey(key) })).map((pem) => new X509Certificate(pem).raw);
    /** By somebody who has the key of the authority. */
    const forge = async ({ authority }: Running, publicKey = newKey()) => {
      const uri = identityUri({ kind: 'device', hubId, ...device });
      const wish = { commonName: device.deviceId, publicKey, usages: ['clientAuth'] as const, uri };
      return (await authority.issueForDevice({ ...wish, life: 60_000 })).map(({ raw }) => raw);
    };
    const forget = ([leaf]: readonly Uint8Array[]) =>
      context()
        .db.deleteFrom('certificates')
        .where('serial', '=', new X509Certificate(leaf!).serialNumber)
        .execute();
    return { options, disk, device, key, start, issue, forge, forget };
  };

  for (const [what, rotate] of Object.entries({ issuing: rotateIssuing, root: rotateRoot })) {
    test(`what was given before a rotation (${what}) is good after it, in the hub that runs and in the next`, async () => {
      const { options, start, issue, forge } = await open();
      const running = await start();
      const [given, forged] = [await issue(running), await forge(running)];
      await rotate(options);
      await running.authority.refresh();
      for (const hub of [running, await start()]) {
        assert.equal((await hub.identify(given)).ok, true);
        assert.equal((await hub.identify(given.slice(0, 1))).ok, true);
        const verdict = await hub.identify(forged);
        assert.ok(!verdict.ok && verdict.unknown, 'it waits for a person');
        assert.equal((await hub.identify(await issue(hub))).ok, true);
      }
    });

    test(`what was given after the backup and before a rotation (${what}) is good by its key`, async () => {
      const { options, device, start, issue, forget, forge, key } = await open();
      const hub = await start();
      await issue(hub);
      const renewed = await issue(hub);
      await rotate(options);
      await forget(renewed);
      const after = await start();
      assert.equal((await after.identify(renewed)).ok, true);
      const rows = context().db.selectFrom('certificates').select('serial');
      const learnt = await rows.where('device_id', '=', device.deviceId).execute();
      assert.equal(learnt.length, 2, 'it is on record again');
      const told = context()
        .db.selectFrom('events')
        .select('message')
        .where('device_id', '=', device.deviceId);
      const [{ message }] = (await told.where('reason', '=', 'CertificateLearnt').execute()) as [
        { message: string },
      ];
      assert.ok(message.includes(new X509Certificate(renewed[0]!).serialNumber), message);
      await after.revoke(context().db, device.deviceId);
      assert.deepEqual(await after.identify(renewed), { ok: false, why: 'the certificate is revoked' });
      const again = await after.identify(await forge(hub, key));
      assert.ok(!again.ok && again.unknown, 'a key that was revoked tells nothing');
    });
  }

  test('what an authority certified that a restored hub has never heard of is good by its key', async () => {
    const { options, disk, start, issue, forget, forge } = await open();
    const before = await start();
    await issue(before);
    const backup = disk.image();
    await rotateIssuing(options);
    const later = await start();
    const given = await issue(later);
    const forged = await forge(later);
    await forget(given);
    disk.load(backup);
    const restored = await start();
    assert.equal((await restored.identify(given)).ok, true);
    assert.equal((await restored.identify(given.slice(0, 1))).ok, false, 'nothing says whose it is');
    const verdict = await restored.identify(forged);
    assert.ok(!verdict.ok && verdict.unknown);
    const foreign = await open();
    const other = await foreign.start();
    assert.deepEqual((await restored.identify(await foreign.issue(other))).ok, false);
  });

  for (const [what, rotate] of Object.entries({ issuing: rotateIssuing, root: rotateRoot }))
    test(`what was issued while the clock was ahead is good once it is right, also below an authority of then (${what})`, async () => {
      const { options, start, issue } = await open();
      const ahead = { ...context().clock, now: () => context().clock.now() + 3_600_000 };
      await start();
      await rotate({ ...options, clock: ahead });
      const given = await issue(await start(60_000, ahead));
      const hub = await start();
      for (const chain of [given, await issue(hub)]) {
        const verdict = await hub.identify(chain);
        assert.ok(verdict.ok && !verdict.device.expired, JSON.stringify(verdict));
      }
    });

  test('the record of the last certificate of a device outlives its end, so that the device can come back', async () => {
    const { start, issue } = await open();
    const serials: string[] = [];
    for (const life of [-3_000, -1_000]) {
      const [leaf] = await issue(await start(life));
      serials.push(new X509Certificate(leaf!).serialNumber);
    }
    const { db } = context();
    await deleteEndedCertificates(db, new Date().toISOString());
    const rows = await db
      .selectFrom('certificates')
      .select('serial')
      .where('serial', 'in', serials)
      .execute();
    assert.deepEqual(rows, [{ serial: serials[1] }]);
  });
});
