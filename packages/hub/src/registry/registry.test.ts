import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readdir, rm, stat, truncate, utimes } from 'node:fs/promises';
import { request } from 'node:http';
import { join as joinPath } from 'node:path';
import { Readable } from 'node:stream';
import { after, before, describe, test } from 'node:test';
import { mediaTypes } from '@skerry/contracts';
import { nodeDisk } from '@skerry/kit/node';
import { peopleService } from '../people/service.ts';
import { ask, join } from '../testing/device.ts';
import { startTestHub, type TestHub } from '../testing/device-side.ts';
import { diskBlobStore } from './blob-store.ts';

const sha = (bytes: Uint8Array) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const repository = '/v2/default/models/digits';
type Body = NonNullable<RequestInit['body']>;
const octets = { 'content-type': 'application/octet-stream' };

describe('the registry', () => {
  let hub: TestHub;
  let url = '';
  before(async () => {
    hub = await startTestHub();
    url = await hub.api.listen({ port: 0, host: '127.0.0.1' });
  });
  after(() => hub.close());

  const call = (
    method: string,
    path: string,
    options: { body?: Body; headers?: Record<string, string>; token?: string } = {},
  ) =>
    fetch(`${url}${path}`, {
      method,
      headers: { authorization: `Bearer ${options.token ?? hub.adminToken}`, ...options.headers },
      ...(options.body !== undefined && { body: options.body, duplex: 'half' }),
    } as RequestInit);
  const codeOf = async (answer: Response) =>
    ((await answer.json()) as { errors: { code: string }[] }).errors[0]!.code;
  const begin = async () => (await call('POST', `${repository}/blobs/uploads/`)).headers.get('location')!;
  const pushBlob = async (bytes: Uint8Array, to = repository) => {
    const location = (await call('POST', `${to}/blobs/uploads/`)).headers.get('location')!;
    const answer = await call('PUT', `${location}?digest=${sha(bytes)}`, {
      body: bytes as Body,
      headers: octets,
    });
    assert.equal(answer.status, 201);
    return sha(bytes);
  };
  const descriptor = (bytes: Uint8Array, mediaType: string = mediaTypes.weight) => ({
    mediaType,
    digest: sha(bytes),
    size: bytes.length,
  });
  const manifestOf = (config: Uint8Array, layers: readonly Uint8Array[]) =>
    JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.manifest,
      artifactType: mediaTypes.modelManifest,
      config: descriptor(config, mediaTypes.modelConfig),
      layers: layers.map((layer) => descriptor(layer)),
    });
  const putManifest = (reference: string, body: string, to = repository) =>
    call('PUT', `${to}/manifests/${reference}`, { body, headers: { 'content-type': mediaTypes.manifest } });

  test('who does not log in is challenged, and a viewer may pull and not push', async () => {
    const anonymous = await fetch(`${url}/v2/`);
    assert.equal(anonymous.status, 401);
    assert.match(anonymous.headers.get('www-authenticate')!, /^Basic realm=/);
    assert.equal(await codeOf(anonymous), 'UNAUTHORIZED');
    const basic = Buffer.from(`anyone:${hub.adminToken}`).toString('base64');
    assert.equal((await fetch(`${url}/v2/`, { headers: { authorization: `Basic ${basic}` } })).status, 200);
    const viewer = await peopleService(hub.context).create({
      projectId: hub.projectId,
      name: 'vic',
      role: 'viewer',
      by: 'hub',
    });
    const push = await call('POST', `${repository}/blobs/uploads/`, { token: viewer.token });
    assert.deepEqual([push.status, await codeOf(push)], [403, 'DENIED']);
    const foreign = await call('GET', '/v2/other/models/digits/tags/list');
    assert.deepEqual([foreign.status, await codeOf(foreign)], [403, 'DENIED']);
  });

  test('a blob is pushed in chunks, its progress told, and pulled whole or in part', async () => {
    const bytes = randomBytes(300_000);
    const location = await begin();
    assert.ok(location.startsWith('/v2/'));
    const patch = (from: number, to: number) =>
      call('PATCH', location, {
        body: bytes.subarray(from, to) as Body,
        headers: { ...octets, 'content-range': `${from}-${to - 1}` },
      });
    const first = await patch(0, 100_000);
    assert.deepEqual([first.status, first.headers.get('range')], [202, '0-99999']);
    const outOfOrder = await patch(200_000, 300_000);
    assert.deepEqual([outOfOrder.status, outOfOrder.headers.get('range')], [416, '0-99999']);
    const progress = await call('GET', location);
    assert.deepEqual([progress.status, progress.headers.get('range')], [204, '0-99999']);
    assert.equal((await patch(100_000, 200_000)).status, 202);
    const digest = sha(bytes);
    const done = await call('PUT', `${location}?digest=${digest}`, {
      body: bytes.subarray(200_000) as Body,
      headers: octets,
    });
    assert.deepEqual([done.status, done.headers.get('docker-content-digest')], [201, digest]);
    assert.equal((await call('GET', location)).status, 404);

    const blob = `${repository}/blobs/${digest}`;
    const head = await call('HEAD', blob);
    assert.deepEqual([head.status, head.headers.get('content-length')], [200, '300000']);
    assert.deepEqual(Buffer.from(await (await call('GET', blob)).arrayBuffer()), bytes);
    const part = await call('GET', blob, { headers: { range: 'bytes=299990-' } });
    assert.deepEqual([part.status, part.headers.get('content-range')], [206, 'bytes 299990-299999/300000']);
    assert.deepEqual(Buffer.from(await part.arrayBuffer()), bytes.subarray(299_990));
    assert.equal((await call('GET', blob, { headers: { range: 'bytes=300000-' } })).status, 416);
  });

  test('a blob comes in one request, streamed without a length, or empty', async () => {
    const bytes = randomBytes(10_000);
    const whole = await call('POST', `${repository}/blobs/uploads/?digest=${sha(bytes)}`, {
      body: bytes as Body,
      headers: octets,
    });
    assert.equal(whole.status, 201);
    const streamed = randomBytes(2_000_000);
    const location = await begin();
    const chunks = Readable.toWeb(
      Readable.from([streamed.subarray(0, 999), streamed.subarray(999)]),
    ) as unknown as Body;
    assert.equal((await call('PATCH', location, { body: chunks })).status, 202);
    assert.equal((await call('PUT', `${location}?digest=${sha(streamed)}`)).status, 201);
    await pushBlob(new Uint8Array());
    assert.equal((await call('GET', `${repository}/blobs/${sha(new Uint8Array())}`)).status, 200);
  });

  test('what the disk has lost, or cut off, is not there, and is there again once it is pushed again', async () => {
    for (const harm of [rm, (path: string) => truncate(path, 100)]) {
      const bytes = randomBytes(10_000);
      const hex = (await pushBlob(bytes)).slice('sha256:'.length);
      await harm(joinPath(hub.data, 'blobs', 'sha256', hex.slice(0, 2), hex));
      const blob = `${repository}/blobs/${sha(bytes)}`;
      assert.equal((await call('HEAD', blob)).status, 404);
      assert.equal(await codeOf(await call('GET', blob)), 'BLOB_UNKNOWN');
      const mount = `?mount=${sha(bytes)}&from=default/models/digits`;
      assert.equal((await call('POST', `/v2/default/models/other/blobs/uploads/${mount}`)).status, 202);
      await pushBlob(bytes);
      assert.deepEqual(Buffer.from(await (await call('GET', blob)).arrayBuffer()), bytes);
    }
  });

  test('content that is not what its digest says is thrown away', async () => {
    const location = await begin();
    const wrong = sha(randomBytes(8));
    const answer = await call('PUT', `${location}?digest=${wrong}`, {
      body: 'something else',
      headers: octets,
    });
    assert.deepEqual([answer.status, await codeOf(answer)], [400, 'DIGEST_INVALID']);
    assert.equal((await call('GET', location)).status, 404);
    assert.equal((await call('HEAD', `${repository}/blobs/${wrong}`)).status, 404);
    const manifest = await putManifest(wrong, manifestOf(new Uint8Array(), []));
    assert.deepEqual([manifest.status, await codeOf(manifest)], [400, 'DIGEST_INVALID']);
  });

  test('a cut connection leaves what came, and the push goes on from there', async () => {
    const bytes = randomBytes(200_000);
    const location = await begin();
    const { port } = new URL(url);
    const cut = request({
      port,
      path: location,
      method: 'PATCH',
      headers: { authorization: `Bearer ${hub.adminToken}`, 'content-length': bytes.length },
    });
    cut.on('error', () => {});
    cut.write(bytes.subarray(0, 65_536));
    const received = async () =>
      Number((await call('GET', location)).headers.get('range')!.split('-')[1]) + 1;
    const signal = AbortSignal.timeout(5_000);
    while ((await received()) < 65_536) signal.throwIfAborted();
    cut.destroy();
    const rest = () =>
      call('PATCH', location, {
        body: bytes.subarray(65_536) as Body,
        headers: { ...octets, 'content-range': '65536-199999' },
      });
    let answer = await rest();
    while (answer.status === 416) {
      signal.throwIfAborted();
      answer = await rest();
    }
    assert.equal(answer.status, 202);
    assert.equal((await call('PUT', `${location}?digest=${sha(bytes)}`)).status, 201);
  });

  test('an upload is its own repository’s, can be cancelled, and has one writer at a time', async () => {
    const location = await begin();
    assert.equal((await call('GET', location.replace('digits', 'other'))).status, 404);
    assert.equal((await call('DELETE', location)).status, 204);
    assert.equal((await call('PATCH', location, { body: 'x' })).status, 404);
    assert.equal(
      (await call('PATCH', `${repository}/blobs/uploads/../../etc/passwd`, { body: 'x' })).status,
      405,
    );
    const digest = sha(Buffer.from('once'));
    const racing = await begin();
    const finish = () => call('PUT', `${racing}?digest=${digest}`, { body: 'once', headers: octets });
    const statuses = (await Promise.all([finish(), finish(), finish()])).map(({ status }) => status);
    assert.ok(statuses.filter((status) => status === 201).length <= 1, `${statuses}`);
  });

  test('a manifest is kept as it is, under its digest and its tag', async () => {
    const config = Buffer.from('{}');
    const layer = randomBytes(50);
    const body = manifestOf(config, [layer]);
    const missing = await putManifest('one', body);
    assert.deepEqual([missing.status, await codeOf(missing)], [404, 'MANIFEST_BLOB_UNKNOWN']);
    await pushBlob(config);
    await pushBlob(layer);
    const put = await putManifest('one', body);
    const digest = sha(Buffer.from(body));
    assert.deepEqual([put.status, put.headers.get('docker-content-digest')], [201, digest]);
    for (const reference of ['one', digest]) {
      const got = await call('GET', `${repository}/manifests/${reference}`);
      assert.equal(got.headers.get('content-type'), mediaTypes.manifest);
      assert.equal(await got.text(), body);
      const head = await call('HEAD', `${repository}/manifests/${reference}`);
      assert.deepEqual([head.status, head.headers.get('content-length')], [200, String(body.length)]);
    }
    assert.equal((await call('GET', `${repository}/manifests/none`)).status, 404);
    const pushed = await hub.side.findPushed('default/models/digits', digest);
    assert.equal(pushed?.size, 50);
    assert.equal(await hub.side.findPushed('default/models/other', digest), undefined);
  });

  test('a tag moves to what was pushed last, and tags are listed page by page', async () => {
    const to = '/v2/default/models/tagged';
    await pushBlob(Buffer.from('{}'), to);
    for (const tag of ['c', 'a', 'b'])
      assert.equal((await putManifest(tag, manifestOf(Buffer.from('{}'), []), to)).status, 201);
    const layer = randomBytes(5);
    await pushBlob(layer, to);
    const moved = manifestOf(Buffer.from('{}'), [layer]);
    await putManifest('a', moved, to);
    assert.equal(
      (await call('HEAD', `${to}/manifests/a`)).headers.get('docker-content-digest'),
      sha(Buffer.from(moved)),
    );
    const page = async (query: string) => {
      const answer = await call('GET', `${to}/tags/list${query}`);
      return {
        ...((await answer.json()) as { name: string; tags: string[] }),
        link: answer.headers.get('link'),
      };
    };
    assert.deepEqual(await page(''), { name: 'default/models/tagged', tags: ['a', 'b', 'c'], link: null });
    assert.deepEqual((await page('?n=2')).tags, ['a', 'b']);
    assert.match((await page('?n=2')).link!, /n=2&last=b>; rel="next"/);
    assert.deepEqual((await page('?n=2&last=b')).tags, ['c']);
    assert.deepEqual([(await page('?n=0')).tags, (await page('?n=0')).link], [[], null]);
    assert.equal((await call('GET', '/v2/default/models/never/tags/list')).status, 404);
  });

  test('what is no manifest is refused with the reason', async () => {
    const faults: [string, RegExp][] = [
      ['not json', /not JSON/],
      ['{"schemaVersion":1}', /schemaVersion/],
      ['{"schemaVersion":2,"mediaType":"text/plain"}', /Content-Type/],
      ['{"schemaVersion":2,"layers":[{}]}', /layers/],
    ];
    for (const [body, why] of faults) {
      const answer = await putManifest('bad', body);
      assert.equal(answer.status, 400);
      assert.match(await answer.text(), why);
    }
    assert.equal((await putManifest('big', ' '.repeat(4 * 1024 * 1024 + 1))).status, 413);
    assert.equal((await putManifest('..%2f..', '{}')).status, 400);
    assert.equal((await call('GET', '/v2/default/models/UPPER/manifests/x')).status, 400);
    assert.equal((await call('GET', `${repository}/blobs/sha256:abc`)).status, 400);
  });

  test('a blob is mounted from another repository of the project, and is in none but those', async () => {
    const digest = await pushBlob(randomBytes(20));
    const to = '/v2/default/images/app';
    assert.equal((await call('HEAD', `${to}/blobs/${digest}`)).status, 404);
    const mounted = await call('POST', `${to}/blobs/uploads/?mount=${digest}&from=default/models/digits`);
    assert.equal(mounted.status, 201);
    assert.equal((await call('HEAD', `${to}/blobs/${digest}`)).status, 200);
    const unknown = await call(
      'POST',
      `${to}/blobs/uploads/?mount=${sha(randomBytes(4))}&from=default/models/digits`,
    );
    assert.equal(unknown.status, 202);
  });

  test('a device pulls by its certificate, resumes in the middle, and pushes nothing', async () => {
    const bytes = randomBytes(100_000);
    const digest = await pushBlob(bytes);
    const { port } = hub.side;
    const device = await join(port, await hub.token());
    const path = `${repository}/blobs/${digest}`;
    assert.equal((await ask(port, 'GET', path)).status, 401);
    assert.deepEqual((await ask(port, 'GET', path, device)).body, bytes);
    const rest = await ask(port, 'GET', path, { ...device, headers: { range: 'bytes=60000-' } });
    assert.deepEqual([rest.status, rest.body], [206, bytes.subarray(60_000)]);
    assert.equal((await ask(port, 'POST', `${repository}/blobs/uploads/`, device)).status, 403);
    assert.equal((await ask(port, 'GET', path.replace('default', 'other'), device)).status, 403);
  });
});

describe('the blob store', () => {
  const open = async (more: { maxBlobBytes?: number; reserveBytes?: number } = {}) => {
    const hub = await startTestHub();
    const folder = joinPath(hub.data, 'store');
    await nodeDisk().makeFolder(folder);
    const store = diskBlobStore({ disk: nodeDisk(), folder, maxBlobBytes: 1000, reserveBytes: 0, ...more });
    await store.beginUpload('u');
    return { hub, folder, store };
  };
  const chunks = (...sizes: number[]) => Readable.from(sizes.map((size) => Buffer.alloc(size)));

  test('refuses what is larger than the most, and what would eat the reserve', async () => {
    const small = await open();
    await assert.rejects(small.store.append('u', chunks(600, 600)), { code: 'SIZE_INVALID', status: 413 });
    await small.hub.close();
    const full = await open({ reserveBytes: Number.MAX_SAFE_INTEGER });
    await assert.rejects(full.store.append('u', chunks(1)), { code: 'DENIED', status: 507 });
    await full.hub.close();
  });

  test('keeps content readable by its owner alone, and forgets uploads that nobody goes on with', async () => {
    const { hub, folder, store } = await open();
    await store.append('u', chunks(10));
    const digest = sha(Buffer.alloc(10));
    await store.finish('u', digest);
    const shard = joinPath(folder, 'sha256', digest.slice(7, 9));
    const [name] = await readdir(shard);
    assert.equal((await stat(joinPath(shard, name!))).mode & 0o777, 0o600);
    await store.beginUpload('old');
    await utimes(joinPath(folder, 'uploads', 'old'), 1, 1);
    await store.beginUpload('new');
    await store.cancelStale(Date.now() - 60_000);
    assert.deepEqual(await readdir(joinPath(folder, 'uploads')), ['new']);
    await hub.close();
  });
});
