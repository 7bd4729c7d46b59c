import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import {
  type AddressInfo,
  connect,
  createServer as createTcpServer,
  type Server as TcpServer,
} from 'node:net';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { nodeDial } from './dial.ts';
import { nodeHttp } from './http.ts';

const never = new AbortController().signal;

async function listen(t: TestContext, server: Server | TcpServer): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  return (server.address() as AddressInfo).port;
}

/** A proxy that passes on what is asked for with the password, and counts. */
async function startProxy(t: TestContext, expected?: string, consent = '200 Connection established') {
  const asked: string[] = [];
  const server = createServer((_, response) => response.writeHead(400).end());
  server.on('connect', ({ url = '', headers }, socket) => {
    asked.push(url);
    socket.on('error', () => socket.destroy());
    if (headers['proxy-authorization'] !== expected)
      return socket.end('HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n');
    const onward = connect(Number(url.split(':')[1]), '127.0.0.1', () => {
      socket.write(`HTTP/1.1 ${consent}\r\n\r\n`);
      socket.pipe(onward).pipe(socket);
    }).on('error', () => socket.destroy());
  });
  return { port: await listen(t, server), asked };
}

const greeting = (t: TestContext) =>
  listen(
    t,
    createTcpServer((socket) => socket.end('hello')),
  );

test('goes through the proxy that is set, with user and password, and around it where that is said', async (t) => {
  const port = await greeting(t);
  const proxy = await startProxy(t, `Basic ${Buffer.from('me:s:cret').toString('base64')}`);
  const env = { HTTPS_PROXY: `http://me:s%3Acret@127.0.0.1:${proxy.port}` };
  const to = { host: '127.0.0.1', port };
  assert.equal(await text(await nodeDial(env)(to, never)), 'hello');
  assert.equal(await text(await nodeDial({ ...env, NO_PROXY: '127.0.0.1' })(to, never)), 'hello');
  assert.deepEqual(proxy.asked, [`127.0.0.1:${port}`]);
});

test('a proxy may consent with any status of success', async (t) => {
  const port = await greeting(t);
  const proxy = await startProxy(t, undefined, '201 Created');
  const dial = nodeDial({ HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` });
  assert.equal(await text(await dial({ host: '127.0.0.1', port }, never)), 'hello');
});

test('a proxy that refuses, or is not there, is named, and its password is not', async (t) => {
  const proxy = await startProxy(t, 'other');
  const to = { host: '127.0.0.1', port: 1 };
  const through = (port: number) =>
    nodeDial({ HTTPS_PROXY: `http://me:s3cret@127.0.0.1:${port}` })(to, never);
  await assert.rejects(
    through(proxy.port),
    /^Error: the proxy 127\.0\.0\.1:\d+ wants another user and password/,
  );
  await assert.rejects(through(await deadPort()), (error: Error) => {
    assert.match(error.message, /the proxy 127\.0\.0\.1:\d+ cannot be reached: connect ECONNREFUSED/);
    assert.doesNotMatch(JSON.stringify([error.message, error.stack, error.cause]), /s3cret/);
    return true;
  });
});

test('what is aborted rejects with the reason, a silent proxy included', async (t) => {
  const silent = await listen(t, createTcpServer());
  const env = { HTTPS_PROXY: `http://127.0.0.1:${silent}` };
  const reason = new Error('enough');
  const controller = new AbortController();
  const dialing = nodeDial(env)({ host: 'hub', port: 1 }, controller.signal);
  setImmediate(() => controller.abort(reason));
  await assert.rejects(dialing, reason);
  await assert.rejects(nodeDial({})({ host: '127.0.0.1', port: silent }, AbortSignal.abort(reason)), reason);
});

test('who does not take the connection in time is not there', async (t) => {
  const silent = await listen(t, createTcpServer());
  const dial = nodeDial({ HTTPS_PROXY: `http://127.0.0.1:${silent}` }, 50);
  const to = { host: 'hub', port: 1 };
  await assert.rejects(dial(to, never), /^Error: the proxy 127\.0\.0\.1:\d+ gave no answer within 0\.05 s$/);
  const http = nodeHttp({ dial });
  const asked = http.request({ method: 'GET', url: 'https://hub:1', deadlineMs: 5_000 });
  await assert.rejects(asked, { code: 'Unreachable' });
});

test('a kept connection takes request after request, and is made anew where it has ended', async (t) => {
  let connections = 0;
  const server = createServer((request, response) => {
    if (request.url === '/last') response.setHeader('connection', 'close');
    response.end(request.url);
  }).on('connection', () => connections++);
  const origin = `http://127.0.0.1:${await listen(t, server)}`;
  const http = nodeHttp({ keepAlive: true });
  t.after(() => http.close());
  const get = async (path: string) => {
    const answer = await http.request({ method: 'GET', url: origin + path, deadlineMs: 5_000 });
    return Buffer.from(await answer.body()).toString();
  };
  assert.deepEqual([await get('/1'), await get('/2'), await get('/last')], ['/1', '/2', '/last']);
  assert.equal(connections, 1);
  assert.deepEqual(await Promise.all([get('/4'), get('/5')]), ['/4', '/5']);
  assert.equal(connections, 2);
});

async function deadPort(): Promise<number> {
  const server = createTcpServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
