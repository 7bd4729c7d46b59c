import assert from 'node:assert/strict';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { SkerryError } from '../../errors.ts';
import { recordingLogger } from '../../testing/recording-logger.ts';
import { nodeHttp } from './http.ts';
import { type HttpApi, serveHttpApi } from './http-api.ts';

const http = nodeHttp();
const logger = recordingLogger();
let folder: string;
let socketPath: string;
let api: HttpApi;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'skerry-api-'));
  socketPath = join(folder, 'admin.sock');
  const routes = {
    'GET /v1/models/{name}': ({ params, query }: { params: object; query: URLSearchParams }) => ({
      ...params,
      all: query.get('all'),
    }),
    'POST /v1/echo': ({ body }: { body: unknown }) => body,
    'DELETE /v1/models/{name}': () => undefined,
    'GET /v1/broken': () => {
      throw new TypeError('oops');
    },
    'GET /v1/refused': () => {
      throw new SkerryError({
        code: 'Conflict',
        detail: 'in use',
        next: 'Wait.',
        status: 409,
        pointer: '/a',
      });
    },
  };
  api = await serveHttpApi({ routes, listen: { socketPath }, logger, maxBodyBytes: 100 });
});
after(async () => {
  await api.close();
  await rm(folder, { recursive: true });
});

async function ask(route: string, body?: string, contentType = 'application/json') {
  const [method = '', path = ''] = route.split(' ');
  const headers = { 'content-type': contentType };
  const url = `http://runtime${path}`;
  const answer = await http.request({
    method,
    url,
    socketPath,
    headers,
    deadlineMs: 5_000,
    ...(body ? { body } : {}),
  });
  const text = Buffer.from(await answer.body()).toString();
  return { status: answer.status, type: answer.headers['content-type'], body: text && JSON.parse(text) };
}

test('routes by method and path, with what stands in the path and the query', async () => {
  const { status, body } = await ask('GET /v1/models/a%2Fb?all=1');
  assert.deepEqual([status, body], [200, { name: 'a/b', all: '1' }]);
  assert.deepEqual((await ask('POST /v1/echo', '{"a":[1]}')).body, { a: [1] });
  assert.equal((await ask('DELETE /v1/models/x')).status, 204);
});

test('says what is wrong as problem+json', async () => {
  const refused = await ask('GET /v1/refused');
  assert.equal(refused.type, 'application/problem+json');
  assert.deepEqual(refused.body, {
    type: 'urn:skerry:problem:Conflict',
    title: 'Conflict',
    status: 409,
    detail: 'in use',
    next: 'Wait.',
    errors: [{ pointer: '/a', detail: 'in use' }],
  });
  for (const [route, status, body, type] of [
    ['GET /v1/nowhere', 404],
    ['PUT /v1/echo', 405],
    ['GET /v1/models/%zz', 400],
    ['POST /v1/echo', 400, '{'],
    ['POST /v1/echo', 415, '{}', 'text/plain'],
    ['POST /v1/echo', 413, JSON.stringify('x'.repeat(100))],
  ] as const) {
    assert.equal((await ask(route, body, type)).status, status, route);
  }
});

test('what broke inside is logged, not shown', async () => {
  const { status, body } = await ask('GET /v1/broken');
  assert.equal(status, 500);
  assert.doesNotMatch(JSON.stringify(body), /oops/);
  assert.match(String(logger.lines.at(-1)?.fields.error), /oops/);
});

test('the socket is for its user alone, and for one server', async () => {
  assert.equal((await stat(socketPath)).mode & 0o777, 0o600);
  await assert.rejects(serveHttpApi({ routes: {}, listen: { socketPath }, logger }), { code: 'PortInUse' });
  const second = await serveHttpApi({ routes: {}, listen: { port: 0 }, logger });
  await assert.rejects(serveHttpApi({ routes: {}, listen: { port: second.port }, logger }), {
    code: 'PortInUse',
  });
  await second.close();
});
