import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join as joinPath } from 'node:path';
import { after, test } from 'node:test';
import { decodeJoinToken, deviceTokenRequest, fingerprintOf } from '@skerry/contracts';
import { isSkerryError } from '@skerry/kit';
import { nodeDisk } from '@skerry/kit/node';
import { forEachDatabase } from '../db/store-suite.ts';
import { fleetMembership } from '../fleet/membership.ts';
import { projectNamed } from '../projects/read-model.ts';
import { joinBody, newKey } from '../testing/device.ts';
import { computeDesires } from '../twins/change-intent.ts';
import { openAuthority } from './authority.ts';
import { deviceCertificates } from './device-certificates.ts';
import { joining } from './join.ts';
import { keyFolder } from './key-folder.ts';
import { deviceStanding } from './standing/service.ts';
import { deviceTokens } from './tokens.ts';

const hubId = '01890000-0000-7000-8000-00000000abcd';
const addresses = () => ['https://hub.example:8443'];

forEachDatabase('device tokens and joins', (context) => {
  const folders: string[] = [];
  after(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true }))));

  const open = async () => {
    const folder = await mkdtemp(joinPath(tmpdir(), 'skerry-keys-'));
    folders.push(folder);
    const authority = await openAuthority({ ...context(), hubId, keys: keyFolder(nodeDisk(), folder) });
    const fleet = fleetMembership(context(), async (trx, projectId, deviceId) => {
      await computeDesires(context(), trx, projectId, [deviceId]);
    });
    const certificates = deviceCertificates({
      context: context(),
      authority,
      life: 60_000,
      hasDevice: async () => true,
    });
    const tokens = deviceTokens({ context: context(), authority, addresses });
    const standing = deviceStanding({ context: context(), policy: 'allow', announce: async () => {} });
    const joins = joining({ context: context(), authority, certificates, standing, fleet, addresses });
    const { id: projectId } = await projectNamed(context().db, 'default');
    const make = (request: object) => tokens.create(projectId, deviceTokenRequest.parse(request), 'ada');
    return { authority, certificates, tokens, joins, projectId, make };
  };

  test('a token’s string says where, whom to trust and what to prove', async () => {
    const { make, authority } = await open();
    const made = await make({ uses: 5, labels: { a: 'b' } });
    const token = decodeJoinToken(made.token);
    assert.deepEqual(token?.addresses, addresses());
    assert.equal(token?.root, fingerprintOf(authority.root.raw));
    assert.equal(token?.id, made.id);
    assert.deepEqual(
      [made.uses, made.used, made.revoked, made.createdBy, made.labels],
      [5, 0, false, 'ada', { a: 'b' }],
    );
  });

  test('a token that fixes a name is for one device, and the site has to exist', async () => {
    const { make } = await open();
    await assert.rejects(make({ deviceName: 'x', uses: 2 }), (error) =>
      isSkerryError(error, 'InvalidRequest'),
    );
    await assert.rejects(make({ site: 'nowhere' }), (error) => isSkerryError(error, 'NotFound'));
  });

  test('revoking again keeps the first time; one that is not there is not found', async () => {
    const { make, tokens, projectId } = await open();
    const { id } = await make({});
    await tokens.revoke(projectId, id, 'ada');
    await tokens.revoke(projectId, id, 'bob');
    assert.equal((await tokens.list(projectId)).find((it) => it.id === id)?.revoked, true);
    await assert.rejects(tokens.revoke(projectId, hubId, 'ada'), (error) => isSkerryError(error, 'NotFound'));
  });

  test('a token for two admits two of many keys that come at once', async () => {
    const { make, joins } = await open();
    const token = decodeJoinToken((await make({ uses: 2 })).token)!;
    const tries = Array.from({ length: 6 }, () => joins.join(joinBody(token, newKey())));
    const outcomes = await Promise.allSettled(tries);
    const refused = outcomes.filter((it) => it.status === 'rejected');
    assert.equal(refused.length, 4);
    for (const { reason } of refused) assert.ok(isSkerryError(reason, 'TokenUsed'), String(reason));
  });

  test('thousands of tokens, made for a site over the years, are still listed', async () => {
    const { make, tokens, projectId } = await open();
    const { id } = await make({});
    const { db } = context();
    const site = { id: randomUUID(), name: 'harbour', parent_id: null, labels: '{}', spec: '{}' };
    const at = new Date(0).toISOString();
    const written = { project_id: projectId, created_at: at, updated_at: at, generation: 1 };
    await db
      .insertInto('sites')
      .values({ ...site, ...written })
      .execute();
    const token = await db
      .selectFrom('device_tokens')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirstOrThrow();
    for (let hundreds = 0; hundreds < 25; hundreds++) {
      const rows = Array.from({ length: 100 }, () => ({ ...token, id: randomUUID(), site_id: site.id }));
      await db.insertInto('device_tokens').values(rows).execute();
    }
    const listed = await tokens.list(projectId);
    assert.equal(listed.filter((it) => it.site === 'harbour').length, 2_500);
  });

  test('one key that comes many times at once becomes one device', async () => {
    const { make, joins, tokens, projectId } = await open();
    const { id, token } = await make({ uses: 3 });
    const body = joinBody(decodeJoinToken(token)!, newKey());
    const joined = await Promise.all(Array.from({ length: 5 }, () => joins.join(body)));
    assert.equal(new Set(joined.map(({ deviceId }) => deviceId)).size, 1);
    assert.equal((await tokens.list(projectId)).find((it) => it.id === id)?.used, 1);
  });

  test('a refusal is on record once a minute, not once a try', async () => {
    const { make, joins, tokens, projectId } = await open();
    const { id, token } = await make({});
    await tokens.revoke(projectId, id, 'ada');
    for (let tries = 0; tries < 3; tries++)
      await assert.rejects(joins.join(joinBody(decodeJoinToken(token)!, newKey())), (error) =>
        isSkerryError(error, 'TokenInvalid'),
      );
    const events = await context()
      .db.selectFrom('events')
      .select('id')
      .where('about', '=', `device-token/${id}`)
      .where('reason', '=', 'TokenRefused')
      .execute();
    assert.equal(events.length, 1);
  });

  test('a revoked certificate is refused, and so is what no hub made', async () => {
    const { make, joins, certificates } = await open();
    const token = decodeJoinToken((await make({})).token)!;
    const { chain, deviceId } = await joins.join(joinBody(token, newKey()));
    const der = Buffer.from(chain[0]!.replace(/-----[^-]+-----|\s/g, ''), 'base64');
    assert.equal((await certificates.identify([der])).ok, true);
    await certificates.revoke(context().db, deviceId);
    assert.deepEqual(await certificates.identify([der]), { ok: false, why: 'the certificate is revoked' });
    for (const nonsense of [Buffer.from('nonsense'), Buffer.alloc(0), der.subarray(0, 100)])
      assert.equal((await certificates.identify([nonsense])).ok, false);
    assert.equal((await certificates.identify([])).ok, false);
  });
});
