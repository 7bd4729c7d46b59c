import assert from 'node:assert/strict';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { createServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { type TestContext, test } from 'node:test';
import { type DsseEnvelope, signNextRoot } from '@skerry/contracts';
import { nodeClock, nodeHttp } from '@skerry/kit/node';
import { WebSocketServer } from 'ws';
import { type TestAuthority, testAuthority } from '../testing/authority.ts';
import { testSite } from '../testing/test-site.ts';
import { nodeProbes } from './ports/node-probes.ts';
import { checkTransports } from './transports.ts';

const DAY = 86_400_000;

interface HubWish {
  /** Status of `GET /v2/`. */
  readonly status?: number;
  readonly takesSockets?: boolean;
  readonly authority?: TestAuthority;
  readonly notAfter?: number;
  /** What its former roots signed. */
  readonly statements?: (own: TestAuthority, hubId: string) => readonly DsseEnvelope[];
}

/** A device whose hub is a real server with real certificates. */
async function openSite(t: TestContext, wishes: readonly (HubWish | undefined)[]) {
  const site = await testSite();
  const http = nodeHttp();
  t.after(() => http.close());
  site.addresses = await Promise.all(wishes.map((wish) => startHub(t, site.authority, site.ids.hubId, wish)));
  await site.join();
  site.probes = nodeProbes();
  const looked = await site.look();
  return { ...looked, ports: { ...looked.ports, http, clock: nodeClock() } };
}

/** Its address; without a wish, one where nobody listens. */
async function startHub(t: TestContext, own: TestAuthority, hubId: string, wish?: HubWish): Promise<string> {
  const { status = 200, takesSockets = true, authority = own, notAfter = Date.now() + 90 * DAY } = wish ?? {};
  const { chain, key } = await authority.issue({ identity: { kind: 'hub', hubId }, notAfter });
  const tls = { cert: chain.join('\n'), key, requestCert: true, rejectUnauthorized: false };
  const roots = { hubId, roots: [authority.root], statements: wish?.statements?.(own, hubId) ?? [] };
  const server = createServer(tls, ({ url }, response) =>
    url === '/join/v1/roots' ? response.end(JSON.stringify(roots)) : response.writeHead(status).end(),
  );
  const sockets = new WebSocketServer({ noServer: true });
  server.on('upgrade', (request, socket, head) => {
    if (takesSockets && request.url === '/mqtt') sockets.handleUpgrade(request, socket, head, () => {});
    else socket.end('HTTP/1.1 403 Forbidden\r\nconnection: close\r\n\r\n');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const close = () =>
    new Promise<void>((resolve) => {
      for (const socket of sockets.clients) socket.terminate();
      server.closeAllConnections();
      server.close(() => resolve());
    });
  if (wish) t.after(close);
  else await close();
  return `https://127.0.0.1:${port}`;
}

const said = async (t: TestContext, ...wishes: readonly (HubWish | undefined)[]) =>
  (await checkTransports(await openSite(t, wishes))).map(({ status, message }) => `${status}: ${message}`);

test('a hub that is well is reached by every way', async (t) => {
  assert.match(
    (await said(t, {})).join(),
    /^pass: 127\.0\.0\.1:\d+: TCP, TLS \(the hub’s certificate is valid for 90 days more\), HTTPS, MQTT over WebSocket$/,
  );
});

test('nobody there, and no proxy there', async (t) => {
  const looked = await openSite(t, [undefined]);
  const [nobody] = await checkTransports(looked);
  assert.match(nobody!.message, /: no TCP: connect ECONNREFUSED/);
  assert.match(nobody!.next!, /^See whether the hub runs and listens there/);
  const [noProxy] = await checkTransports({ ...looked, env: { https_proxy: 'http://127.0.0.1:1' } });
  assert.match(noProxy!.message, /: no TCP: the proxy 127\.0\.0\.1:1 cannot be reached/);
  assert.match(noProxy!.next!, /^See whether https_proxy names the right proxy/);
});

test('somebody else’s hub, and one whose certificate has ended', async (t) => {
  const other = (await said(t, { authority: await testAuthority() })).join();
  assert.match(
    other,
    /^fail: .*: no TLS and HTTPS: .*not this device’s hub: .*another root.* \(TCP worked\)$/,
  );
  const ended = (await said(t, { notAfter: Date.now() - 45 * 60_000 })).join();
  assert.match(ended, /^fail: .*: no TLS and HTTPS: .*not this device’s hub: .*expired.*\(TCP worked\)$/);
  // After the program itself was written, which may have been a minute ago.
  const perhaps = (await said(t, { notAfter: Date.now() - 10_000 })).join();
  assert.match(perhaps, /^pass: .*ended 1\d seconds ago by this machine’s clock, which may be wrong/);
});

test('a hub with another root, which the one that is held has signed, is no stranger', async (t) => {
  const [next, newest, impostor] = await Promise.all([testAuthority(), testAuthority(), testAuthority()]);
  const statements = (own: TestAuthority, hubId: string) => [
    wordOf(hubId, own, next),
    wordOf(hubId, next, newest),
  ];
  const [way, root] = await said(t, { authority: newest, statements });
  assert.match(way!, /^pass: .*: TCP, TLS .*, HTTPS, MQTT over WebSocket$/);
  assert.match(root!, /^pass: the hub has a new root, signed by the one known/);
  const [stranger, ...more] = await said(t, { authority: impostor, statements });
  assert.match(stranger!, /^fail: .*not this device’s hub/);
  assert.deepEqual(more, []);
});

const wordOf = (hubId: string, old: TestAuthority, next: TestAuthority) =>
  signNextRoot(
    hubId,
    { certificate: new X509Certificate(old.root), key: createPrivateKey(old.rootKey) },
    new X509Certificate(next.root),
  );

test('a hub that does not let the device in, and a way that lets no WebSocket pass', async (t) => {
  assert.match(
    (await said(t, { status: 403 })).join(),
    /^fail: .*no TLS and HTTPS: the hub answered 403 \(TCP worked\)$/,
  );
  assert.match(
    (await said(t, { takesSockets: false })).join(),
    /^warn: .*no MQTT over WebSocket: .*403.*HTTPS worked\); the agent goes on by HTTPS$/,
  );
});

test('one address that works is enough', async (t) => {
  const [first, second] = await said(t, undefined, {});
  assert.match(first!, /^warn: .*no TCP/);
  assert.match(second!, /^pass/);
});

test('an address for MQTT alone is tried by TLS, and the device can do without it, but not with it alone', async (t) => {
  const open = async (...wishes: readonly (HubWish | undefined)[]) => {
    const looked = await openSite(t, wishes);
    const identity = 'value' in looked.identity ? looked.identity.value : undefined;
    assert.ok(identity);
    const [first = '', ...rest] = identity.addresses;
    const addresses = [first, ...rest.map((address) => address.replace('https:', 'mqtts:'))];
    const found = await checkTransports({ ...looked, identity: { value: { ...identity, addresses } } });
    return found.map(({ status, message }) => `${status}: ${message}`);
  };
  const [, works] = await open({}, {});
  assert.match(works!, /^pass: 127\.0\.0\.1:\d+: TCP, TLS for MQTT$/);
  const [, nobody] = await open({}, undefined);
  assert.match(nobody!, /^warn: .*no TCP/);
  const [, foreign] = await open({}, { authority: await testAuthority() });
  assert.match(foreign!, /^warn: .*no TLS for MQTT: .*not this device’s hub/);
  const alone = await open(undefined, {});
  assert.match(alone.join(), /^fail: .*no TCP.*,pass: .*TLS for MQTT$/);
});

test('all steps go through the proxy that is set', async (t) => {
  const looked = await openSite(t, [{}]);
  const asked: string[] = [];
  const proxy = createTcpServer((socket) => {
    socket
      .on('error', () => {})
      .once('data', (head) => {
        asked.push(head.toString().split('\r\n')[0] ?? '');
        socket.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n');
      });
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  t.after(() => proxy.close());
  const env = { HTTPS_PROXY: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}` };
  const [found] = await checkTransports({ ...looked, env });
  assert.match(found!.message, /no TCP: the proxy .* does not let us pass to that address \(403\)$/);
  assert.match(found!.next!, /HTTPS_PROXY .*NO_PROXY/);
  const [around] = await checkTransports({ ...looked, env: { ...env, NO_PROXY: '127.0.0.1' } });
  assert.match(around!.message, /: TCP, TLS/);
  assert.match(asked.join(), /^CONNECT 127\.0\.0\.1:\d+ HTTP\/1\.1$/);
});
