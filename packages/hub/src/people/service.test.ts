import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryDisk } from '@skerry/kit/testing';
import { forEachDatabase } from '../db/store-suite.ts';
import { projectNamed } from '../projects/read-model.ts';
import { ensureAdminToken } from './admin-token.ts';
import { peopleService } from './service.ts';

forEachDatabase('people', (context) => {
  test('the last admin’s token stays while others are there: nobody could make another', async () => {
    const { id: projectId } = await projectNamed(context().db, 'default');
    const disk = memoryDisk();
    await ensureAdminToken(context(), disk, '/admin-token');
    const people = peopleService(context());
    const named = async () => (await people.list(projectId)).map(({ name }) => name).sort();
    const [admin = ''] = await named();
    await people.create({ projectId, name: 'grafana', role: 'viewer', by: admin });
    await assert.rejects(people.revoke(projectId, admin, admin), { code: 'Conflict' });
    assert.deepEqual(await named(), [admin, 'grafana'].sort());
    await people.create({ projectId, name: 'second', role: 'admin', by: admin });
    await people.revoke(projectId, admin, 'second');
    await people.revoke(projectId, 'grafana', 'second');
    await people.revoke(projectId, 'second', 'second');
    assert.notEqual(await ensureAdminToken(context(), disk, '/another'), undefined, 'none is left');
  });
});
