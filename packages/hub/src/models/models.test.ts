import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { modelResource, modelVersion, type Problem } from '@skerry/contracts';
import { expectStatus, pushedDigest, type TestApi, testApi } from '../api/api-suite.ts';
import { forEachDatabase } from '../db/store-suite.ts';
import { modelVersions } from './versions.ts';

forEachDatabase('models', (context) => {
  let api: TestApi;
  const register = (name: string, text: string) =>
    api.ask('POST', `/models/${name}/versions`, { body: { digest: pushedDigest(text) } });
  const alias = (name: string, version: number, headers: Record<string, string> = {}) =>
    api.ask('PUT', `/models/${name}/aliases/champion`, { body: { version }, headers });
  before(async () => {
    api = await testApi(context());
  });

  test('a digest gets the next integer, and the same digest the same one again', async () => {
    assert.equal(modelVersion.parse(expectStatus(await register('digits', 'one'), 201)).version, 1);
    assert.equal(expectStatus(await register('digits', 'two'), 201).version, 2);
    assert.equal(expectStatus(await register('digits', 'one'), 200).version, 1);
    const model = modelResource.parse(expectStatus(await api.ask('GET', '/models/digits'), 200));
    assert.deepEqual(
      model.versions.map(({ version }) => version),
      [2, 1],
    );
    assert.equal(model.versions[0]?.license, 'CC-BY-4.0');
    expectStatus(await api.ask('GET', '/models/none'), 404);
  });

  test('pushed at once, each digest gets a version of its own, without gaps', async () => {
    const texts = Array.from({ length: 8 }, (_, index) => `race ${index % 6}`);
    const answers = await Promise.all(texts.map((text) => register('race', text)));
    const versions = answers.map(({ body }) => body.version);
    assert.deepEqual([...new Set(versions)].sort(), [1, 2, 3, 4, 5, 6]);
    for (const [index, text] of texts.entries()) assert.equal(versions[index], versions[texts.indexOf(text)]);
  });

  test('what was not pushed gets no version', async () => {
    const service = modelVersions(context(), async () => undefined);
    const registration = {
      projectId: api.projectId,
      project: 'default',
      name: 'ghost',
      digest: pushedDigest('x'),
      by: 'me',
    };
    await assert.rejects(
      service.register(registration),
      /the registry has no sha256:.* in default\/models\/ghost/,
    );
    expectStatus(await api.ask('GET', '/models/ghost'), 404);
  });

  test('an alias moves under its tag, to versions that exist', async () => {
    await register('tide', 'one');
    await register('tide', 'two');
    const made = await alias('tide', 1);
    expectStatus(made, 201);
    const ifMatch = { 'if-match': String(made.headers.etag) };
    const both = await Promise.all([alias('tide', 2, ifMatch), alias('tide', 1, ifMatch)]);
    assert.deepEqual(both.map(({ status }) => status).sort(), [200, 412]);
    const { detail } = expectStatus(await alias('tide', 9), 404) as Problem;
    assert.match(detail ?? '', /there is no tide:9/);
    expectStatus(await api.ask('PUT', '/models/tide/aliases/7', { body: { version: 1 } }), 400);
    expectStatus(await api.ask('DELETE', '/models/tide/aliases/champion'), 204);
    expectStatus(await api.ask('GET', '/models/tide/aliases/champion'), 404);
  });
});
