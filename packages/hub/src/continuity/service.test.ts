import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { type TestApi, testApi } from '../api/api-suite.ts';
import { forEachDatabase } from '../db/store-suite.ts';
import { hashOf } from '../secret.ts';
import { restoredOrCloned } from './read-model.ts';
import { type ContinuityService, continuityService, type RestoredPolicy } from './service.ts';
import { forgetContinuity } from './store.ts';

forEachDatabase('continuity', (context) => {
  let api: TestApi;
  let names = 0;
  before(async () => {
    api = await testApi(context());
  });

  /** A device that has had a whole session, and what it stored in it. */
  const known = async (continuity: ContinuityService) => {
    const name = `device-${++names}`;
    const deviceId = await api.join(name);
    const address = { projectId: api.projectId, deviceId };
    const meet = async (secret: string | undefined) => {
      const met = await continuity.greet(address, crypto.randomUUID(), secret);
      if (met.secret !== undefined) await continuity.confirm(address, hashOf(met.secret));
      return met;
    };
    const old = (await meet(undefined)).secret;
    const { secret } = await meet(old);
    const shown = async () => (await restoredOrCloned(context().db, [deviceId])).get(deviceId);
    const admit = () => continuity.admit(context().db, deviceId);
    const contradict = (found: string) => continuity.contradicts(address, found, context().db);
    return { meet, old, secret, shown, admit, contradict };
  };
  const service = (policy: RestoredPolicy) => continuityService(context(), policy);

  describe('a device that shows an older secret', () => {
    test('goes on and is shown, until a person has looked', async () => {
      const device = await known(service('go-on'));
      assert.equal(await device.shown(), undefined);
      const met = await device.meet(device.old);
      assert.equal(met.admitted, true);
      assert.match(met.found ?? '', /an old image was put back/);
      assert.equal((await device.shown())?.reason, 'RestoredOrCloned');
      assert.equal((await device.meet(met.secret)).found, undefined, 'it goes on from there');
      const { found, isOther } = await device.meet(device.secret);
      assert.deepEqual([found, isOther], [undefined, true], 'told once, whoever of two comes');
      assert.match((await device.shown())?.message ?? '', /\(found 2 times\)$/);
      await device.admit();
      assert.equal(await device.shown(), undefined);
    });

    test('waits where a person is to be asked, while the one that is known goes on', async () => {
      const device = await known(service('ask'));
      assert.deepEqual((await device.meet(device.old)).admitted, false);
      assert.equal((await device.meet(device.old)).found, undefined, 'told once');
      assert.equal((await device.meet(device.secret)).admitted, true);
      await device.admit();
      assert.equal((await device.meet(device.old)).admitted, true);
    });

    test('is told of when it has to wait, whatever was found before', async () => {
      const device = await known(service('ask'));
      assert.equal(await device.contradict('its next number is 2, and the hub holds 5'), true);
      const { admitted, found } = await device.meet(device.old);
      assert.equal(admitted, false);
      assert.match(found ?? '', /an old image was put back/);
      assert.equal((await device.meet(device.old)).found, undefined, 'told once');
    });

    test('stops both where both are to be suspended; then the first that comes is the device', async () => {
      const device = await known(service('suspend'));
      assert.equal((await device.meet(device.old)).admitted, false);
      assert.equal((await device.meet(device.secret)).admitted, false);
      await device.admit();
      assert.equal((await device.meet(device.secret)).admitted, true);
    });
  });

  test('a hub that went back in time itself believes whoever comes', async () => {
    const device = await known(service('ask'));
    await forgetContinuity(context().db);
    assert.equal((await device.meet(device.old)).admitted, true);
  });

  test('a hello that comes twice is answered, and gets no second secret', async () => {
    const continuity = service('ask');
    const deviceId = await api.join('twice');
    const address = { projectId: api.projectId, deviceId };
    const session = crypto.randomUUID();
    const { secret } = await continuity.greet(address, session, undefined);
    await continuity.confirm(address, hashOf(secret!));
    assert.deepEqual(await continuity.greet(address, session, undefined), { admitted: true });
  });
});
