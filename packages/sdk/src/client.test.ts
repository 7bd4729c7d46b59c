import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createHubClient } from './client.ts';
import { HubError } from './errors.ts';
import { nothingYet } from './objects.ts';
import { type Answer, type Arrived, request, startServer } from './test-server.ts';

const at = '2026-03-01T12:00:00.000Z';
const id = '01939b1c-2f4e-7c52-8f0e-0d9a4d1f6a11';
const written = {
  apiVersion: 'skerry.dev/v1alpha1' as const,
  kind: 'Site' as const,
  metadata: { name: 'leeds' },
  spec: { timeZone: 'UTC', power: 'mains' as const, network: 'wired' as const },
};
const stored = { ...written, metadata: { name: 'leeds', id, createdAt: at, updatedAt: at, generation: 1 } };

const clientOf = (url: string) => createHubClient({ url, token: 'secret', request }).project('default');

async function withServer(
  answer: (request: Arrived) => Answer,
  story: (project: ReturnType<typeof clientOf>, arrived: readonly Arrived[]) => Promise<void>,
): Promise<void> {
  await using server = await startServer(answer);
  await story(clientOf(server.url), server.arrived);
}

test('an object is read with its tag, and written only if it is still in that state', () =>
  withServer(
    () => ({ status: 200, headers: { etag: '"a.1"' }, body: stored }),
    async (project, arrived) => {
      const { value, etag } = await project.sites.get('leeds');
      assert.deepEqual([value.metadata.generation, etag], [1, '"a.1"']);
      await project.sites.put(written, { ifMatch: etag });
      await project.sites.put(written, { ifMatch: nothingYet, dryRun: true });
      const [got, changed, created] = arrived;
      assert.equal(got?.path, '/api/v1/projects/default/sites/leeds');
      assert.equal(got?.headers.authorization, 'Bearer secret');
      assert.equal(changed?.headers['if-match'], '"a.1"');
      assert.deepEqual(JSON.parse(String(changed?.body)), written);
      assert.equal(created?.headers['if-none-match'], '*');
      assert.match(created?.path ?? '', /\?dryRun=true$/);
    },
  ));

test('a problem becomes an error with its code, what to do next, and each fault', () =>
  withServer(
    () => ({
      status: 400,
      body: {
        type: 'urn:skerry:problem:InvalidRequest',
        title: 'The request is not valid',
        status: 400,
        detail: '/spec: unknown field',
        next: 'Correct it.',
        errors: [{ pointer: '/spec/x', detail: 'unknown field' }],
      },
    }),
    async (project) => {
      await assert.rejects(project.sites.put(written), (error) => {
        assert.ok(error instanceof HubError);
        const { code, detail, next, status, errors } = error;
        assert.deepEqual(
          [code, detail, next, status],
          ['InvalidRequest', '/spec: unknown field', 'Correct it.', 400],
        );
        assert.deepEqual(errors, [{ pointer: '/spec/x', detail: 'unknown field' }]);
        return true;
      });
    },
  ));

for (const [status, code] of [
  [401, 'NotLoggedIn'],
  [403, 'Forbidden'],
  [404, 'NotFound'],
  [502, 'Internal'],
] as const)
  test(`an answer ${status} that is no problem of ours is told by its status`, () =>
    withServer(
      () => ({ status, body: '<html>proxy</html>' }),
      (project) => assert.rejects(project.sites.get('leeds'), { code }),
    ));

test('find gives nothing for what is not there, and throws what else is wrong', async () => {
  await withServer(
    () => ({ status: 404, body: {} }),
    async (project) => assert.equal(await project.sites.find('leeds'), undefined),
  );
  await withServer(
    () => ({ status: 403, body: {} }),
    (project) => assert.rejects(project.sites.find('leeds'), { code: 'Forbidden' }),
  );
});

test('an answer that is no hub’s is an error, not a wrong value', () =>
  withServer(
    () => ({ status: 200, body: { items: [{ hello: 'world' }] } }),
    (project) => assert.rejects(project.sites.list(), { code: 'Internal', detail: /not what a hub says/ }),
  ));

test('a list is read page after page', () =>
  withServer(
    ({ path }) => {
      const after = new URL(path, 'http://hub').searchParams.get('after');
      const name = after === null ? 'leeds' : 'york';
      const item = { ...stored, metadata: { ...stored.metadata, name } };
      return { status: 200, body: { items: [item], ...(after === null && { next: 'leeds' }) } };
    },
    async (project) => {
      const names = (await project.sites.list()).map(({ metadata }) => metadata.name);
      assert.deepEqual(names, ['leeds', 'york']);
    },
  ));

test('events are read until there are enough, or no more', () =>
  withServer(
    ({ path }) => {
      const before = new URL(path, 'http://hub').searchParams.get('before');
      const rest = Number(before?.slice(-1) ?? 5);
      const event = {
        id: `${id.slice(0, -1)}${rest - 1}`,
        at,
        severity: 'Normal',
        reason: 'x',
        message: 'm',
      };
      const items = rest > 0 ? [{ ...event, by: 'hub', about: 'hub' }] : [];
      return { status: 200, body: { items, ...(items[0] && { next: items[0].id }) } };
    },
    async (project, arrived) => {
      assert.equal((await project.events({ most: 3 })).length, 3);
      assert.equal(arrived.length, 3);
      assert.equal((await project.events({ most: 99 })).length, 5);
    },
  ));

test('names cannot lead out of the project’s addresses', () =>
  withServer(
    () => ({ status: 200, body: stored }),
    async (project, arrived) => {
      await project.sites.get('../../projects/other/sites/leeds');
      assert.equal(
        arrived[0]?.path,
        '/api/v1/projects/default/sites/..%2F..%2Fprojects%2Fother%2Fsites%2Fleeds',
      );
    },
  ));
