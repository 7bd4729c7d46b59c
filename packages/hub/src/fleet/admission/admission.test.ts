import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import type { Admission } from '@skerry/contracts';
import { inventory, type TestApi, testApi } from '../../api/api-suite.ts';
import { continuityService } from '../../continuity/service.ts';
import { forEachDatabase } from '../../db/store-suite.ts';
import { announceRevocation } from '../../identity/standing/follow.ts';
import { deviceStanding } from '../../identity/standing/service.ts';
import { hashOf } from '../../secret.ts';
import { nowText } from '../../time.ts';
import { adoption } from '../adoption/service.ts';
import { claimsOf, putWaiting } from '../adoption/store.ts';
import { fleetMembership } from '../membership.ts';
import { admissionService } from './service.ts';
import { waitingDevices } from './waiting.ts';

const FINGERPRINT = `sha256:${'0'.repeat(64)}`;

forEachDatabase('admission', (context) => {
  let api: TestApi;
  before(async () => {
    api = await testApi(context());
  });

  const open = () => {
    const fleet = fleetMembership(context(), async () => {});
    const nobodyAsks = async () => assert.fail('nobody asks how it stands');
    const certificates = { identify: nobodyAsks, trust: async () => {} };
    const policy = { policy: 'ask', announce: announceRevocation(context()) } as const;
    const standing = deviceStanding({ context: context(), ...policy });
    const continuity = continuityService(context(), 'ask');
    const adopting = adoption({ context: context(), fleet, certificates });
    const by = { projectId: api.projectId, by: 'ada' };
    const admissions = admissionService({ context: context(), adopting, standing, continuity });
    const admit = (device: string, name?: string, fingerprint?: string) =>
      admissions.admit(device, { ...(name && { name }), ...(fingerprint && { fingerprint }) }, by);
    /** An old copy of it says hello. */
    const clone = async (deviceId: string) => {
      const address = { projectId: api.projectId, deviceId };
      const { secret } = await continuity.greet(address, crypto.randomUUID(), undefined);
      await continuity.confirm(address, hashOf(secret!));
      assert.equal((await continuity.greet(address, crypto.randomUUID(), undefined)).admitted, false);
    };
    const revoke = (name: string) => standing.revoke(name, by);
    return { admit, clone, revoke };
  };
  /** One that shows a certificate which is not on record. */
  const stranger = async (name: string, id: string = crypto.randomUUID(), fingerprint = FINGERPRINT) => {
    const at = nowText(context().clock);
    await putWaiting(context().db, {
      device_id: id,
      project_id: api.projectId,
      name,
      inventory: JSON.stringify(inventory),
      serial: '1',
      fingerprint,
      certificate: null,
      address: '10.0.0.1',
      first_seen_at: at,
      last_seen_at: at,
    });
    return id;
  };
  const reasons = ({ lifted }: Admission) => lifted.map(({ reason }) => reason);
  const waiting = async (id: string) =>
    (await waitingDevices(context().db, api.projectId)).filter((one) => one.id === id);
  const events = async (id: string) =>
    context()
      .db.selectFrom('events')
      .select('message')
      .where('device_id', '=', id)
      .where('reason', '=', 'Admitted')
      .execute();

  test('one word lifts all that keeps a device out, once, and is on record with why', async () => {
    const { admit, clone, revoke } = open();
    const id = await api.join('all');
    assert.deepEqual(await admit('all'), { id, name: 'all', lifted: [] });
    assert.deepEqual(await events(id), []);
    await clone(id);
    await revoke('all');
    const seen = await waiting(id);
    assert.deepEqual(seen.map(({ reason }) => reason).sort(), ['RestoredOrCloned', 'Revoked']);
    assert.ok(seen.every(({ admitAs }) => admitAs === 'all'));
    assert.deepEqual(reasons(await admit('all')), ['Revoked', 'RestoredOrCloned']);
    assert.deepEqual([await waiting(id), reasons(await admit(id))], [[], []]);
    const [event, ...more] = await events(id);
    assert.match(event!.message, /^let in by ada: Revoked .*; RestoredOrCloned .*two devices share one disk/);
    assert.deepEqual(more, []);
  });

  test('one that the hub does not know comes in by its id, or by a name that nobody else has or claims', async () => {
    const { admit } = open();
    const id = await stranger('till-7');
    assert.deepEqual(
      (await waiting(id)).map(({ reason, admitAs, shown }) => [reason, admitAs, shown?.isMember]),
      [['AwaitsAdmission', id, false]],
    );
    const admitted = await admit('till-7');
    assert.deepEqual([admitted.id, admitted.name, reasons(admitted)], [id, 'till-7', ['AwaitsAdmission']]);
    const twins = [await stranger('till-8'), await stranger('till-8')];
    await assert.rejects(admit('till-8'), { code: 'Conflict', message: /2 devices wait/ });
    assert.equal((await admit(twins[1]!, 'till-9')).name, 'till-9');
    const claims = await stranger('till-7');
    assert.deepEqual(reasons(await admit('till-7')), [], 'the member is meant');
    assert.equal((await claimsOf(context().db, claims)).length, 1);
    await assert.rejects(admit('till-7', 'other'), { code: 'Conflict' });
    await assert.rejects(admit('nobody'), { code: 'NotFound' });
  });

  test('a name that is another’s id is nobody’s', async () => {
    const { admit } = open();
    const id = await stranger('genuine');
    const thief = await stranger(id);
    assert.equal((await admit(id)).name, 'genuine');
    assert.equal((await claimsOf(context().db, thief)).length, 1);
  });

  test('a strange key of a member is let in by the id alone, whatever else is lifted by the name', async () => {
    const { admit, revoke } = open();
    const id = await api.join('robbed');
    await stranger('robbed', id);
    await revoke('robbed');
    assert.deepEqual(reasons(await admit('robbed')), ['Revoked']);
    assert.equal((await claimsOf(context().db, id)).length, 1);
    await assert.rejects(admit('robbed'), { code: 'AwaitsAdmission', message: /a key .* at 10\.0\.0\.1/ });
    assert.deepEqual(reasons(await admit(id)), ['AwaitsAdmission']);
    assert.deepEqual(await claimsOf(context().db, id), []);
  });

  test('who comes after a person has looked is not let in by the word about another', async () => {
    const { admit } = open();
    const id = await stranger('till-20');
    const thief = `sha256:${'1'.repeat(64)}`;
    await stranger('till-20', id, thief);
    for (const device of [id, 'till-20'])
      await assert.rejects(admit(device), { code: 'Conflict', message: /2 devices wait/ });
    await assert.rejects(admit(id, undefined, 'sha256:other'), {
      code: 'Conflict',
      message: /shows sha256:other/,
    });
    assert.deepEqual(reasons(await admit(id, undefined, FINGERPRINT)), ['AwaitsAdmission']);
    assert.deepEqual(
      await claimsOf(context().db, id),
      [],
      'the other has to ask anew, and is a stranger then',
    );
    await assert.rejects(admit(id, undefined, thief), { code: 'Conflict', message: /nobody waits as/ });
  });
});
