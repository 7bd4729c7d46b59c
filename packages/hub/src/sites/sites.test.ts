import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { type Problem, type SiteSpec, siteResource } from '@skerry/contracts';
import { expectStatus, type TestApi, testApi } from '../api/api-suite.ts';
import { forEachDatabase } from '../db/store-suite.ts';
import { desiredFor } from '../twins/read-model.ts';
import { siteIdNamed } from './read-model.ts';

const site = (name: string, spec: Partial<SiteSpec> = {}, labels?: Record<string, string>) => ({
  apiVersion: 'skerry.dev/v1alpha1',
  kind: 'Site',
  metadata: { name, ...(labels && { labels }) },
  spec,
});

forEachDatabase('sites', (context) => {
  let api: TestApi;
  const put = (body: ReturnType<typeof site>, headers: Record<string, string> = {}) =>
    api.ask('PUT', `/sites/${body.metadata.name}`, { body, headers });
  before(async () => {
    api = await testApi(context());
  });

  test('is made, read, changed and removed, each under its tag', async () => {
    const made = await put(
      site('leeds', { timeZone: 'Europe/London', network: 'cellular' }, { region: 'north' }),
    );
    const { metadata, spec } = siteResource.parse(expectStatus(made, 201));
    assert.deepEqual(spec, { timeZone: 'Europe/London', power: 'mains', network: 'cellular' });
    const etag = String(made.headers.etag);
    const read = await api.ask('GET', '/sites/leeds', { headers: { 'if-none-match': etag } });
    assert.equal(read.status, 304);
    expectStatus(await put(site('leeds'), { 'if-match': '"another.1"' }), 412);
    expectStatus(await put(site('leeds'), { 'if-none-match': '*' }), 412);
    const changed = expectStatus(await put(site('leeds', { power: 'solar' }), { 'if-match': etag }), 200);
    assert.equal(changed.metadata.id, metadata.id);
    assert.equal(changed.metadata.generation, 2);
    expectStatus(await api.ask('DELETE', '/sites/leeds', { headers: { 'if-match': etag } }), 412);
    expectStatus(await api.ask('DELETE', '/sites/leeds'), 204);
    expectStatus(await api.ask('GET', '/sites/leeds'), 404);
    expectStatus(await api.ask('DELETE', '/sites/leeds'), 404);
  });

  test('the same again is no change', async () => {
    const first = await put(site('same', { power: 'battery' }));
    const second = await put(site('same', { power: 'battery' }));
    assert.equal(second.status, 200);
    assert.equal(second.headers.etag, first.headers.etag);
  });

  test('a time zone is one of IANA', async () => {
    const { errors } = expectStatus(await put(site('mars', { timeZone: 'Mars/Olympus' })), 400) as Problem;
    assert.equal(errors?.[0]?.pointer, '/spec/timeZone');
    assert.match(errors?.[0]?.detail ?? '', /IANA/);
  });

  test('sites nest, without loops, and give their labels to those within', async () => {
    expectStatus(await put(site('coast', {}, { region: 'coast', tier: 'far' })), 201);
    expectStatus(await put(site('mast', { parent: 'coast' }, { tier: 'near' })), 201);
    const loop = expectStatus(await put(site('coast', { parent: 'mast' })), 400) as Problem;
    assert.equal(loop.errors?.[0]?.pointer, '/spec/parent');
    const unknown = expectStatus(await put(site('x', { parent: 'cost' })), 404) as Problem;
    assert.match(unknown.next ?? '', /did you mean "coast"/);
    const used = expectStatus(await api.ask('DELETE', '/sites/coast'), 409) as Problem;
    assert.match(used.detail ?? '', /“mast” is part of “coast”/);

    const siteId = await siteIdNamed(context().db, api.projectId, 'mast');
    const id = await api.join('mast-1', { siteId, labels: { own: 'yes' } });
    expectStatus(
      await api.ask('POST', '/models/tide/versions', { body: { digest: `sha256:${'a'.repeat(64)}` } }),
      201,
    );
    const selector = { matchLabels: { region: 'coast', tier: 'near', own: 'yes' } };
    const body = {
      apiVersion: 'skerry.dev/v1alpha1',
      kind: 'Deployment',
      metadata: { name: 'tide' },
      spec: { selector, models: { tide: { ref: 'tide:1' } } },
    };
    expectStatus(await api.ask('PUT', '/deployments/tide', { body }), 201);
    const desired = JSON.parse((await desiredFor(context().db, id))!.body);
    assert.deepEqual(Object.keys(desired.models), ['tide']);
    assert.equal(desired.site.name, 'mast');
    expectStatus(await put(site('mast', { parent: 'coast' }, { tier: 'gone' })), 200);
    assert.deepEqual(JSON.parse((await desiredFor(context().db, id))!.body).models, {});
    assert.match(expectStatus(await api.ask('DELETE', '/sites/mast'), 409).detail, /“mast-1” is at the site/);
  });

  test('of two who make the same site at once, both succeed and there is one', async () => {
    const answers = await Promise.all([put(site('twin')), put(site('twin'))]);
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 201]);
    const { items } = expectStatus(await api.ask('GET', '/sites'), 200);
    assert.equal(
      items.filter(({ metadata }: { metadata: { name: string } }) => metadata.name === 'twin').length,
      1,
    );
  });
});
