import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { type Problem, problem } from '@skerry/contracts';
import { forEachDatabase } from '../db/store-suite.ts';
import { expectStatus, type TestApi, testApi } from './api-suite.ts';

forEachDatabase('the API', (context) => {
  let api: TestApi;
  before(async () => {
    api = await testApi(context());
  });

  test('asks who it is before anything else', async () => {
    const nobody = await api.ask('GET', '/sites', { token: '' });
    expectStatus(nobody, 401);
    assert.equal(nobody.headers['www-authenticate'], 'Bearer realm="skerry"');
    assert.equal(nobody.headers['content-type'], 'application/problem+json');
    assert.equal(problem.parse(nobody.body).type, 'urn:skerry:problem:NotLoggedIn');
    const forged = api.adminToken.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'));
    for (const token of ['nonsense', forged, api.adminToken.replace(/[0-9a-f]{12}\./, 'ffffffffffff.')])
      expectStatus(await api.ask('GET', '/sites', { token }), 401);
  });

  test('lets viewers read and say what would be, and change nothing', async () => {
    const made = await api.ask('POST', '/people-tokens', { body: { name: 'visitor', role: 'viewer' } });
    const { token } = expectStatus(made, 201);
    expectStatus(await api.ask('GET', '/sites', { token }), 200);
    const site = { apiVersion: 'skerry.dev/v1alpha1', kind: 'Site', metadata: { name: 'kiel' }, spec: {} };
    expectStatus(await api.ask('PUT', '/sites/kiel', { token, body: site }), 403);
    expectStatus(await api.ask('PUT', '/sites/kiel?dryRun=true', { token, body: site }), 200);
    expectStatus(await api.ask('GET', '/sites/kiel'), 404);
    expectStatus(await api.ask('DELETE', '/people-tokens/visitor'), 204);
    expectStatus(await api.ask('GET', '/sites', { token }), 401);
  });

  test('a token opens its own project alone', async () => {
    const other = await api.ask('GET', '/api/v1/projects/other/sites');
    assert.match((expectStatus(other, 403) as Problem).detail ?? '', /for the project “default”/);
  });

  test('tokens are listed without their secret, and a name is given once', async () => {
    expectStatus(await api.ask('POST', '/people-tokens', { body: { name: 'twice', role: 'admin' } }), 201);
    expectStatus(await api.ask('POST', '/people-tokens', { body: { name: 'twice', role: 'admin' } }), 409);
    const { items } = expectStatus(await api.ask('GET', '/people-tokens'), 200);
    const shown = items.find(({ name }: { name: string }) => name === 'twice');
    assert.deepEqual(Object.keys(shown).sort(), ['createdAt', 'name', 'role']);
  });

  test('points at each wrong field and names the nearest right spelling', async () => {
    const body = {
      apiVersion: 'skerry.dev/v1alpha1',
      kind: 'Site',
      metadata: { name: 'leeds' },
      spec: { timezone: 'Europe/London', power: 'main' },
    };
    const answer = expectStatus(await api.ask('PUT', '/sites/leeds', { body }), 400) as Problem;
    assert.equal(answer.type, 'urn:skerry:problem:InvalidRequest');
    const faults = Object.fromEntries((answer.errors ?? []).map(({ pointer, detail }) => [pointer, detail]));
    assert.match(faults['/spec/timezone'] ?? '', /unknown field.*did you mean "timeZone"/);
    assert.match(faults['/spec/power'] ?? '', /expected one of mains, battery, solar/);
  });

  test('in a union, the alternative that fits best is explained', async () => {
    const body = {
      apiVersion: 'skerry.dev/v1alpha1',
      kind: 'Deployment',
      metadata: { name: 'bad' },
      spec: {
        selector: {},
        pipelines: { camera: { stages: [{ capture: { when: 'confidence < 1', maxPerHuor: 6 } }] } },
      },
    };
    const { errors = [] } = expectStatus(await api.ask('PUT', '/deployments/bad', { body }), 400) as Problem;
    const pointers = errors.map(({ pointer }) => pointer);
    assert.ok(pointers.includes('/spec/pipelines/camera/stages/0/capture/maxPerHuor'), pointers.join());
    const typo = errors.find(({ pointer }) => pointer.endsWith('maxPerHuor'));
    assert.match(typo?.detail ?? '', /did you mean "maxPerHour"/);
  });

  test('refuses what is too deep, too large, no JSON, or of another type', async () => {
    const put = (payload: string, type = 'application/json') =>
      api.app.inject({
        method: 'PUT',
        url: '/api/v1/projects/default/sites/leeds',
        headers: { authorization: `Bearer ${api.adminToken}`, 'content-type': type },
        payload,
      });
    const deep = await put(`${'['.repeat(1000)}${']'.repeat(1000)}`);
    assert.equal(deep.statusCode, 400);
    assert.match(deep.json().detail, /nested deeper/);
    assert.equal((await put(`"${'a'.repeat(2 ** 20)}"`)).statusCode, 413);
    assert.equal((await put('{"a":')).statusCode, 400);
    assert.equal((await put('{"__proto__": {"a": 1}}')).statusCode, 400);
    assert.equal((await put('<a/>', 'text/xml')).statusCode, 415);
    for (const answer of [await put('{"a":'), deep]) problem.parse(answer.json());
  });

  test('describes itself', async () => {
    const { paths } = expectStatus(await api.ask('GET', '/api/v1/openapi.json'), 200);
    assert.ok('/api/v1/projects/{project}/deployments/{name}' in paths);
    assert.ok('put' in paths['/api/v1/projects/{project}/sites/{name}']);
  });

  test('an address that is none is a problem, too', async () => {
    const nowhere = expectStatus(await api.ask('GET', '/api/v2/nothing'), 404) as Problem;
    assert.equal(nowhere.type, 'urn:skerry:problem:NotFound');
  });
});
