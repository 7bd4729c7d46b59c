import assert from 'node:assert/strict';
import { generateKeyPairSync, sign } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { test } from 'node:test';
import type { TLSSocket } from 'node:tls';
import type { HttpRequest } from '../http.ts';
import { nodeHttp } from './http.ts';

const http = nodeHttp();

async function during(server: Server, use: (url: string) => Promise<void>, scheme = 'http'): Promise<void> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    await use(`${scheme}://localhost:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}
const serving = (listener: RequestListener, use: (url: string) => Promise<void>) =>
  during(createServer(listener), use);
const get = (url: string, more: Partial<HttpRequest> = {}) =>
  http.request({ method: 'GET', url, deadlineMs: 5_000, ...more });
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();

test('sends method, path, headers and body, and gives status, headers and body', () =>
  serving(
    (request, response) => {
      const { method, url, headers } = request;
      response.writeHead(201, {
        'x-said': `${method} ${url} ${headers['x-ask']}`,
        'set-cookie': ['a=1', 'b=2'],
      });
      request.pipe(response);
    },
    async (url) => {
      const answer = await get(`${url}/a?b=c`, { method: 'PUT', body: 'hello', headers: { 'x-ask': '1' } });
      assert.deepEqual(
        [answer.status, answer.headers['x-said'], answer.headers['set-cookie']],
        [201, 'PUT /a?b=c 1', 'a=1, b=2'],
      );
      assert.equal(text(await answer.body()), 'hello');
      assert.deepEqual(answer.peerChain(), []);
      async function* chunks() {
        yield Buffer.from('one ');
        yield Buffer.from('two');
      }
      assert.equal(text(await (await get(url, { method: 'POST', body: chunks() })).body()), 'one two');
    },
  ));

test('streams, and stops at the size it was given', () =>
  serving(
    (_, response) => {
      response.write('x'.repeat(1_000));
      response.end('y'.repeat(1_000));
    },
    async (url) => {
      let bytes = 0;
      for await (const chunk of (await get(url)).stream()) bytes += chunk.length;
      assert.equal(bytes, 2_000);
      await assert.rejects((await get(url, { maxBytes: 1_500 })).body(), { code: 'PayloadTooLarge' });
      (await get(url)).discard();
    },
  ));

test('a server that says nothing, or stops in the middle, costs the deadline and no more', () =>
  serving(
    (request, response) => {
      if (request.url === '/half') response.write('x');
    },
    async (url) => {
      await assert.rejects(get(url, { deadlineMs: 30 }), { code: 'DeadlineExceeded' });
      const half = await get(`${url}/half`, { deadlineMs: 2_000 });
      assert.equal(half.status, 200);
      await assert.rejects((await get(`${url}/half`, { deadlineMs: 200 })).body(), {
        code: 'DeadlineExceeded',
      });
      half.discard();
    },
  ));

test('a signal ends it with its reason, before and while reading', () =>
  serving(
    (request, response) => {
      if (request.url === '/half') response.write('x');
    },
    async (url) => {
      const reason = new Error('enough');
      await assert.rejects(get(url, { signal: AbortSignal.abort(reason) }), reason);
      const controller = new AbortController();
      const waiting = get(url, { signal: controller.signal });
      const answer = await get(`${url}/half`, { signal: controller.signal });
      const reading = answer.body();
      controller.abort(reason);
      await assert.rejects(waiting, reason);
      await assert.rejects(reading, reason);
    },
  ));

test('nobody there, or a connection cut, is Unreachable', async () => {
  const dead = createTcpServer();
  await new Promise<void>((resolve) => dead.listen(0, '127.0.0.1', resolve));
  const { port } = dead.address() as AddressInfo;
  await new Promise((resolve) => dead.close(resolve));
  await assert.rejects(get(`http://127.0.0.1:${port}`), { code: 'Unreachable' });
  await serving(
    (request, response) => {
      if (request.url === '/cut') response.write('x', () => response.destroy());
      else request.socket.destroy();
    },
    async (url) => {
      await assert.rejects(get(url), { code: 'Unreachable' });
      await assert.rejects((await get(`${url}/cut`)).body(), { code: 'Unreachable' });
      await assert.rejects(get(url.replace('http:', 'https:')), {
        code: 'Unreachable',
        message: /did not answer: it does not speak TLS$/,
      });
    },
  );
});

test('a key that TLS cannot take leaves no connection open', async (t) => {
  const server = createTcpServer().listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const signal = AbortSignal.timeout(5_000);
  const closed = once(server, 'connection', { signal }).then(([socket]: Socket[]) =>
    once(socket!.resume(), 'close', { signal }),
  );
  const request = { method: 'GET', url: `https://127.0.0.1:${port}/`, deadlineMs: 1_000 } as const;
  await assert.rejects(http.request({ ...request, tls: { cert: 'x', key: 'x' } }));
  await closed;
});

test('with TLS, the peer is verified before a byte of the request is sent', async () => {
  const { cert, key } = selfSigned('localhost');
  let requests = 0;
  const server = createTlsServer(
    { cert, key, requestCert: true, rejectUnauthorized: false },
    (request, response) => {
      requests++;
      const socket = request.socket as TLSSocket;
      response.end(`${socket.getPeerCertificate().subject?.CN} ${socket.isSessionReused()}`);
    },
  );
  await during(
    server as unknown as Server,
    async (url) => {
      await assert.rejects(get(url), { code: 'CertificateRefused' });
      const refuse = new Error('not our hub');
      const verifyPeer = () => {
        throw refuse;
      };
      const refusing = get(url, { tls: { rejectUnauthorized: false, verifyPeer } });
      await assert.rejects(refusing, { code: 'CertificateRefused', cause: refuse });
      assert.equal(requests, 0);

      const client = selfSigned('a device');
      for (let round = 0; round < 2; round++) {
        const answer = await get(url, { tls: { ca: cert, ...client } });
        assert.equal(text(await answer.body()), 'a device false');
        assert.deepEqual(Buffer.from(answer.peerChain()[0]!), derOf(cert));
      }
    },
    'https',
  );
});

test('a connection over which nobody was judged is not kept for one who judges', async () => {
  const keeping = nodeHttp({ keepForMs: 1_000 });
  const server = createTlsServer(selfSigned('localhost'), (_, response) => void response.end('here'));
  const ask = async (url: string, verifyPeer: () => void) => {
    const tls = { rejectUnauthorized: false, verifyPeer };
    return (await keeping.request({ method: 'GET', url, tls, deadlineMs: 5_000 })).body();
  };
  const refuse = () => {
    throw new Error('not our hub');
  };
  await during(
    server as unknown as Server,
    async (url) => {
      await ask(url, () => {});
      await assert.rejects(ask(url, refuse), { code: 'CertificateRefused' });
    },
    'https',
  );
  keeping.close();
});

const derOf = (pem: string) => Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64');

/** The least certificate (RFC 5280, version 1) that TLS takes. */
function selfSigned(name: string): { cert: string; key: string } {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const der = (tag: number, ...parts: Uint8Array[]) => {
    const content = Buffer.concat(parts);
    const length = content.length < 128 ? [content.length] : [0x81, content.length];
    return Buffer.concat([Buffer.from([tag, ...length]), content]);
  };
  const algorithm = der(0x30, Buffer.from('06032b6570', 'hex'));
  const commonName = der(0x30, Buffer.from('0603550403', 'hex'), der(0x0c, Buffer.from(name)));
  const subject = der(0x30, der(0x31, commonName));
  const time = (text: string) => der(0x17, Buffer.from(text));
  const validity = der(0x30, time('200101000000Z'), time('491231235959Z'));
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  const body = der(0x30, der(0x02, Buffer.from([1])), algorithm, subject, validity, subject, spki);
  const signature = der(0x03, Buffer.from([0]), sign(null, body, privateKey));
  const base64 = der(0x30, body, algorithm, signature).toString('base64');
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${base64.replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
  };
}

test('connections are kept for a while where that was asked for, and one that was closed meanwhile costs nothing', async () => {
  const keeping = nodeHttp({ keepForMs: 100 });
  const server = createServer((request, response) => void response.end(String(request.socket.remotePort)));
  server.keepAliveTimeout = 60_000;
  const ask = async (url: string) =>
    text(await (await keeping.request({ method: 'GET', url, deadlineMs: 5_000 })).body());
  await during(server, async (url) => {
    const first = await ask(url);
    assert.equal(await ask(url), first, 'one after the other go over the same');
    const together = await Promise.all([ask(url), ask(url)]);
    assert.equal(new Set(together).size, 2, 'none waits for another');
    server.closeIdleConnections();
    assert.ok(!together.includes(await ask(url)));
    await ask(url);
    for (let looks = 0; looks < 500 && (await connectionsOf(server)) > 0; looks++)
      await new Promise((resolve) => setTimeout(resolve, 10));
    assert.equal(await connectionsOf(server), 0);
  });
  keeping.close();
});

test('an answer that breaks off over a kept connection is not asked for again', async () => {
  const keeping = nodeHttp({ keepForMs: 1_000 });
  let asked = 0;
  const server = createServer((request, response) => {
    asked += 1;
    if (request.url === '/whole') return void response.end('whole');
    response.write('half');
    setTimeout(() => request.socket.resetAndDestroy(), 20);
  });
  const ask = async (url: string) =>
    (await keeping.request({ method: 'GET', url, deadlineMs: 2_000 })).body();
  await during(server, async (url) => {
    await ask(`${url}/whole`);
    await assert.rejects(ask(`${url}/half`), { code: 'Unreachable' });
    await assert.rejects(ask(`${url}/half`), { code: 'Unreachable' });
    assert.equal(asked, 3);
  });
  keeping.close();
});

const connectionsOf = (server: Server) =>
  new Promise<number>((resolve, reject) =>
    server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
  );
