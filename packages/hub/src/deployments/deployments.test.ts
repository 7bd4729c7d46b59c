import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import {
  type DeploymentResource,
  deploymentResource,
  deploymentRevision,
  deviceDesired,
  type Problem,
} from '@skerry/contracts';
import { expectStatus, pushedDigest, type TestApi, testApi } from '../api/api-suite.ts';
import { forEachDatabase } from '../db/store-suite.ts';
import { desiredFor } from '../twins/read-model.ts';

const stages = [{ decode: { pixels: [8, 8] } }, { infer: { model: 'digits' } }];
const camera = { source: { http: {} }, stages, sinks: { hub: { outbox: { stream: 'result' } } } };

interface Wish {
  role: string;
  priority?: number;
  ref?: string;
  pipelines?: object;
}
const deployment = (name: string, { role, priority, ref, pipelines }: Wish) => ({
  apiVersion: 'skerry.dev/v1alpha1',
  kind: 'Deployment',
  metadata: { name },
  spec: {
    selector: { matchLabels: { role } },
    ...(priority !== undefined && { priority }),
    ...(ref && { models: { digits: { ref } } }),
    ...(pipelines && { pipelines }),
  },
});

forEachDatabase('deployments', (context) => {
  let api: TestApi;
  const put = (body: ReturnType<typeof deployment>, query = '', headers: Record<string, string> = {}) =>
    api.ask('PUT', `/deployments/${body.metadata.name}${query}`, { body, headers });
  const desired = async (id: string) => (await desiredFor(context().db, id))!;

  before(async () => {
    api = await testApi(context());
    for (const text of ['one', 'two', 'three'])
      expectStatus(
        await api.ask('POST', '/models/digits/versions', { body: { digest: pushedDigest(text) } }),
        201,
      );
    expectStatus(await api.ask('PUT', '/models/digits/aliases/champion', { body: { version: 1 } }), 201);
  });

  describe('applying', () => {
    test('resolves references and reaches the devices that it selects, no others', async () => {
      const inside = await api.join('apply-1', { labels: { role: 'apply' } });
      const outside = await api.join('apply-2', { labels: { role: 'till' } });
      const answer = await put(
        deployment('apply', { role: 'apply', ref: 'digits:champion', pipelines: { camera } }),
      );
      const { status, metadata } = deploymentResource.parse(expectStatus(answer, 201)) as DeploymentResource;
      assert.deepEqual(status.models.digits, {
        digest: pushedDigest('one'),
        version: '1',
        repository: 'default/models/digits',
      });
      assert.deepEqual(status.devices, { selected: 1, upToDate: 0, ready: 0 });
      assert.equal(answer.headers.etag, `"${metadata.id}.1"`);
      const { version, body } = await desired(inside);
      assert.equal(version, 2);
      assert.equal(JSON.parse(body).models.digits.digest, pushedDigest('one'));
      assert.equal((await desired(outside)).version, 1);
    });

    test('the same again changes nothing; a moved alias is a change from the next apply on', async () => {
      const id = await api.join('again-1', { labels: { role: 'again' } });
      const body = deployment('again', { role: 'again', ref: 'digits:champion' });
      expectStatus(await put(body), 201);
      const same = expectStatus(await put(body), 200);
      assert.equal(same.metadata.generation, 1);
      expectStatus(await api.ask('PUT', '/models/digits/aliases/champion', { body: { version: 2 } }), 200);
      assert.equal(JSON.parse((await desired(id)).body).models.digits.version, '1');
      const wouldBe = expectStatus(await put(body, '?dryRun=true'), 200).status.wouldChange;
      assert.deepEqual(
        wouldBe[0].changes.find(({ pointer }: { pointer: string }) => pointer === '/models/digits/version'),
        { pointer: '/models/digits/version', before: '1', after: '2' },
      );
      assert.equal(expectStatus(await put(body), 200).metadata.generation, 2);
      assert.equal(JSON.parse((await desired(id)).body).models.digits.version, '2');
      expectStatus(await api.ask('PUT', '/models/digits/aliases/champion', { body: { version: 1 } }), 200);
    });

    test('a dry run says what would be and changes nothing', async () => {
      const id = await api.join('dry-1', { labels: { role: 'dry' } });
      const before = await desired(id);
      const dry = expectStatus(
        await put(deployment('dry', { role: 'dry', ref: 'digits:3' }), '?dryRun=true'),
        200,
      );
      const { wouldChange } = deploymentResource.parse(dry).status;
      assert.deepEqual(
        wouldChange?.map(({ device }) => device),
        ['dry-1'],
      );
      assert.ok(
        wouldChange?.[0]?.changes.some(
          ({ pointer, after }) => pointer === '/models/digits/version' && after === '3',
        ),
      );
      expectStatus(await api.ask('GET', '/deployments/dry'), 404);
      assert.deepEqual(await desired(id), before);
      assert.deepEqual(expectStatus(await api.ask('GET', '/events?deployment=dry'), 200).items, []);
    });

    test('an unknown model names the nearest', async () => {
      const wrongName = expectStatus(
        await put(deployment('x', { role: 'x', ref: 'digts:1' })),
        404,
      ) as Problem;
      assert.equal(wrongName.type, 'urn:skerry:problem:ModelNotFound');
      assert.match(wrongName.next ?? '', /did you mean "digits"/);
      assert.equal(wrongName.errors?.[0]?.pointer, '/spec/models/digits/ref');
      const wrongVersion = expectStatus(
        await put(deployment('x', { role: 'x', ref: 'digits:9' })),
        404,
      ) as Problem;
      assert.match(wrongVersion.detail ?? '', /there is digits:3, digits:2, digits:1, digits:champion/);
      expectStatus(await api.ask('GET', '/deployments/x'), 404);
    });

    test('a part that would not be whole on some device is refused before anything changes', async () => {
      await api.join('part-1', { labels: { role: 'part' } });
      const answer = await put(deployment('part', { role: 'part', pipelines: { camera: { sinks: {} } } }));
      const { detail, errors } = expectStatus(answer, 400) as Problem;
      assert.match(
        detail ?? '',
        /the device “part-1” would get a part that is not whole: \/pipelines\/camera\/source/,
      );
      assert.equal(errors?.[0]?.pointer, '/spec/pipelines/camera/source');
      expectStatus(await api.ask('GET', '/deployments/part'), 404);
    });

    test('the name in the address is the name in the body', async () => {
      const body = deployment('this', { role: 'x' });
      expectStatus(await api.ask('PUT', '/deployments/that', { body }), 400);
    });
  });

  describe('layering and provenance', () => {
    test('the hub can say which deployment set each field, and which it overrode', async () => {
      await api.join('layer-1', { labels: { role: 'layer' } });
      expectStatus(
        await put(deployment('layer-base', { role: 'layer', ref: 'digits:1', pipelines: { camera } })),
        201,
      );
      const faster = { camera: { source: { http: { maxInFlight: 128 } } } };
      expectStatus(
        await put(deployment('layer-top', { role: 'layer', priority: 9, pipelines: faster })),
        201,
      );
      const shown = deviceDesired.parse(expectStatus(await api.ask('GET', '/devices/layer-1/desired'), 200));
      const set = shown.provenance.find(
        ({ pointer }) => pointer === '/pipelines/camera/source/http/maxInFlight',
      );
      assert.equal(set?.deployment, 'layer-top');
      assert.equal(set?.priority, 9);
      const { status } = expectStatus(await api.ask('GET', '/devices/layer-1'), 200);
      assert.deepEqual(status.deployments, ['layer-top', 'layer-base']);
    });

    test('what a deployment leaves to its default does not override what a weaker one says', async () => {
      await api.join('default-1', { labels: { role: 'default' } });
      const slow = { ...camera, source: { http: { maxInFlight: 2 } } };
      expectStatus(
        await put(
          deployment('default-base', { role: 'default', ref: 'digits:1', pipelines: { camera: slow } }),
        ),
        201,
      );
      expectStatus(
        await put(deployment('default-top', { role: 'default', priority: 9, pipelines: { camera } })),
        201,
      );
      const { body } = expectStatus(await api.ask('GET', '/devices/default-1/desired'), 200);
      assert.equal(body.pipelines.camera.source.http.maxInFlight, 2);
    });
  });

  describe('history', () => {
    test('undo makes a new revision that says what the one before said, with the digests of then', async () => {
      const id = await api.join('undo-1', { labels: { role: 'undo' } });
      expectStatus(await put(deployment('undo', { role: 'undo', ref: 'digits:1' })), 201);
      const first = await desired(id);
      expectStatus(await put(deployment('undo', { role: 'undo', ref: 'digits:2' })), 200);
      const undone = expectStatus(await api.ask('POST', '/deployments/undo/undo', { body: {} }), 200);
      assert.equal(undone.metadata.generation, 3);
      const after = await desired(id);
      assert.equal(after.digest, first.digest);
      assert.equal(after.version, first.version + 2, 'a rollback is a higher version');
      const { items } = expectStatus(await api.ask('GET', '/deployments/undo/history'), 200);
      const revisions = items.map((item: unknown) => deploymentRevision.parse(item));
      assert.deepEqual(
        revisions.map(({ generation, action }: { generation: number; action: string }) => [
          generation,
          action,
        ]),
        [
          [3, 'Undone'],
          [2, 'Changed'],
          [1, 'Created'],
        ],
      );
      const { items: events } = expectStatus(await api.ask('GET', '/events?deployment=undo'), 200);
      assert.deepEqual(
        events.map(({ reason }: { reason: string }) => reason),
        ['Undone', 'Changed', 'Created'],
      );
    });

    test('goes back to the generation that is named, and says when there is none', async () => {
      for (const version of [1, 2, 3])
        await put(deployment('back', { role: 'back', ref: `digits:${version}` }));
      const back = expectStatus(
        await api.ask('POST', '/deployments/back/undo', { body: { toGeneration: 1 } }),
        200,
      );
      assert.equal(back.status.models.digits.version, '1');
      expectStatus(await api.ask('POST', '/deployments/back/undo', { body: { toGeneration: 77 } }), 409);
      expectStatus(await api.ask('POST', '/deployments/none/undo', { body: {} }), 404);
    });

    test('a deployment that is deleted leaves its devices and its history', async () => {
      const id = await api.join('gone-1', { labels: { role: 'gone' } });
      expectStatus(await put(deployment('gone', { role: 'gone', ref: 'digits:1' })), 201);
      expectStatus(await api.ask('DELETE', '/deployments/gone'), 204);
      assert.deepEqual(JSON.parse((await desired(id)).body).models, {});
      const { items } = expectStatus(await api.ask('GET', '/deployments/gone/history'), 200);
      assert.equal(items[0].action, 'Deleted');
      const again = expectStatus(await put(deployment('gone', { role: 'gone', ref: 'digits:1' })), 201);
      assert.notEqual(again.metadata.id, items[0].id, 'a name used again inherits nothing');
      assert.equal(again.metadata.generation, 1);
    });

    test('A→B→A gives a higher version each time, and ends with the body of A', async () => {
      const id = await api.join('aba-1', { labels: { role: 'aba' } });
      const seen: { version: number; digest: string }[] = [];
      for (const version of [1, 2, 1]) {
        await put(deployment('aba', { role: 'aba', ref: `digits:${version}` }));
        seen.push(await desired(id));
      }
      assert.deepEqual(
        seen.map(({ version }) => version),
        [2, 3, 4],
      );
      assert.equal(seen[2]?.digest, seen[0]?.digest);
    });
  });

  describe('races', () => {
    test('of two who read the same, one is told that the other was quicker', async () => {
      const { headers } = await put(deployment('race', { role: 'race', ref: 'digits:1' }));
      const ifMatch = { 'if-match': String(headers.etag) };
      const answers = await Promise.all(
        [2, 3].map((version) =>
          put(deployment('race', { role: 'race', ref: `digits:${version}` }), '', ifMatch),
        ),
      );
      assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 412]);
      expectStatus(await put(deployment('race', { role: 'race' }), '', { 'if-none-match': '*' }), 412);
      expectStatus(await put(deployment('race-2', { role: 'race' }), '', { 'if-match': '*' }), 412);
      expectStatus(await api.ask('DELETE', '/deployments/race', { headers: ifMatch }), 412);
    });

    test('changes at the same time each get a version of their own, and the last state has them all', async () => {
      const id = await api.join('many-1', { labels: { role: 'many' } });
      const names = Array.from({ length: 8 }, (_, index) => `many-${index}`);
      const one = (name: string) => ({ ...deployment(name, { role: 'many' }), metadata: { name } });
      await Promise.all(
        names.map((name) => {
          const body = one(name);
          return put({ ...body, spec: { ...body.spec, models: { [name]: { ref: 'digits:1' } } } } as never);
        }),
      );
      const { version, body } = await desired(id);
      assert.equal(version, 1 + names.length);
      assert.deepEqual(Object.keys(JSON.parse(body).models).sort(), names);
    });
  });
});
