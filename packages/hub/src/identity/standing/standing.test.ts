import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { silentLogger } from '@skerry/kit';
import { manualClock } from '@skerry/kit/testing';
import { until } from '@skerry/testkit';
import { type TestApi, testApi } from '../../api/api-suite.ts';
import { forEachDatabase } from '../../db/store-suite.ts';
import type { VerifiedDevice } from '../device-certificates.ts';
import { announceRevocation, followRevocations } from './follow.ts';
import { isDeviceRevoked, uncertified } from './read-model.ts';
import { deviceStanding, type ExpiredPolicy } from './service.ts';

const DAY = 86_400_000;

forEachDatabase('standing', (context) => {
  let api: TestApi;
  let names = 0;
  before(async () => {
    api = await testApi(context());
  });

  const open = async (policy: ExpiredPolicy) => {
    const name = `standing-${++names}`;
    const deviceId = await api.join(name);
    const announce = announceRevocation(context());
    const standing = deviceStanding({ context: context(), policy, announce });
    const device: VerifiedDevice = {
      projectId: api.projectId,
      deviceId,
      serial: '1',
      expiresAt: context().clock.now() - 40 * DAY,
      expired: true,
    };
    const by = { projectId: api.projectId, by: 'ada' };
    const readmit = () => standing.readmit(context().db, deviceId);
    const shown = async () => (await uncertified(context().db, [deviceId])).get(deviceId);
    const events = async () => {
      const rows = await context()
        .db.selectFrom('events')
        .selectAll()
        .where('device_id', '=', deviceId)
        .execute();
      return rows.map(({ reason }) => reason).filter((reason) => reason !== 'Joined');
    };
    return { name, deviceId, standing, device, by, readmit, shown, events };
  };

  describe('a device that comes back after its certificate has ended', () => {
    test('gets another where the hub allows it, and that is on record', async () => {
      const { standing, device, shown, events } = await open('allow');
      await standing.readmitEnded(device);
      assert.equal(await shown(), undefined);
      assert.deepEqual(await events(), ['Readmitted']);
    });

    test('waits, in sight, until a person has said so; a lost reply costs no second word', async () => {
      const { standing, device, readmit, shown, events } = await open('ask');
      for (let asked = 0; asked < 3; asked++)
        await assert.rejects(standing.readmitEnded(device), { code: 'CertificateEnded' });
      assert.deepEqual([(await shown())?.status, (await shown())?.reason], ['False', 'CertificateEnded']);
      assert.deepEqual(await events(), ['CertificateEnded'], 'told once');
      await readmit();
      for (let asked = 0; asked < 2; asked++) await standing.readmitEnded(device);
      assert.equal(await shown(), undefined);
      const later = { ...device, expiresAt: context().clock.now() + 1000 };
      await assert.rejects(
        standing.readmitEnded(later),
        { code: 'CertificateEnded' },
        'the next end asks anew',
      );
    });

    test('stays outside where the hub refuses, unless a person says otherwise', async () => {
      const { standing, device, readmit } = await open('refuse');
      await assert.rejects(standing.readmitEnded(device), {
        code: 'CertificateEnded',
        message: /no such device/,
      });
      await readmit();
      await standing.readmitEnded(device);
    });
  });

  test('a device that is revoked is shown so, until it is readmitted', async () => {
    const { name, deviceId, standing, by, readmit, shown } = await open('allow');
    assert.equal(await standing.revoke(name, by), deviceId);
    assert.equal(await isDeviceRevoked(context().db, deviceId), true);
    assert.equal((await shown())?.reason, 'Revoked');
    await readmit();
    assert.equal(await isDeviceRevoked(context().db, deviceId), false);
    assert.equal(await shown(), undefined);
  });

  test('what one hub revokes every other one cuts, once each', async () => {
    const clock = manualClock(context().clock.now());
    const { db } = context();
    const cut: string[][] = [[], []];
    const hubs = cut.map((mine) =>
      followRevocations({ db, clock, logger: silentLogger, disconnect: (id) => mine.push(id) }),
    );
    const devices = [await open('allow'), await open('allow')];
    for (const { name, by, standing, deviceId } of devices) {
      await standing.revoke(name, by);
      const seen = async () => {
        await clock.advance(400);
        return cut.every((mine) => mine.includes(deviceId));
      };
      await until(seen, { what: 'both hubs have cut it' });
    }
    await clock.advance(2_000);
    await Promise.all(hubs.map((hub) => hub.stop()));
    for (const mine of cut)
      for (const { deviceId } of devices) assert.equal(mine.filter((id) => id === deviceId).length, 1);
  });
});
