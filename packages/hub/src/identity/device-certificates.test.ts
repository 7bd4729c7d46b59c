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
    const options = { ...context(), hubId, keys: keyFolder(memoryDisk(), '/keys') };
    const start = async (life = 60_000) => {
      const authority = await openAuthority(options);
      const hasDevice = async () => true;
      return { authority, ...deviceCertificates({ context: context(), authority, life, hasDevice }) };
    };
    const key = newKey();
    const issue = async (hub: Awaited<ReturnType<typeof start>>) => {
      const [leaf] = await hub.issue(device, { key, sha256: hashOfKey(key) });
      return new X509Certificate(leaf!);
    };
    return { options, device, key, start, issue };
  };

  for (const [what, rotate] of Object.entries({ issuing: rotateIssuing, root: rotateRoot }))
    test(`what was given before a rotation (${what}) is good after it, and what was not is nothing`, async () => {
      const { options, device, start, issue } = await open();
      const before = await start();
      const leaf = await issue(before);
      // Somebody has the key of the authority that is replaced.
      const forged = await before.authority.issueForDevice({
        commonName: device.deviceId,
        publicKey: newKey(),
        usages: ['clientAuth'],
        uri: identityUri({ kind: 'device', hubId, ...device }),
        life: 60_000,
      });
      await rotate(options);
      const after = await start();
      assert.equal((await after.identify(leaf.raw)).ok, true);
      const verdict = await after.identify(forged.raw);
      assert.match(verdict.ok ? '' : verdict.why, /replaced/);
      assert.equal((await after.identify((await issue(after)).raw)).ok, true);
    });

  test('the record of the last certificate of a device outlives its end, so that the device can come back', async () => {
    const { start, issue } = await open();
    const first = await issue(await start(-3_000));
    const second = await issue(await start(-1_000));
    const { db } = context();
    await deleteEndedCertificates(db, new Date().toISOString());
    const rows = await db
      .selectFrom('certificates')
      .select('serial')
      .where('serial', 'in', [first.serialNumber, second.serialNumber])
      .execute();
    assert.deepEqual(rows, [{ serial: second.serialNumber }]);
  });
});
