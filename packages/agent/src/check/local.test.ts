import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SkerryError, writeWithCopy } from '@skerry/kit';
import { pathsIn } from '../artifacts/paths.ts';
import { agentError } from '../errors.ts';
import { testSite } from '../testing/test-site.ts';
import { checkCertificate } from './certificate.ts';
import { checkClock } from './clock.ts';
import { checkCopies } from './copies.ts';
import { checkFiles } from './files.ts';
import type { Found } from './finding.ts';
import { checkModels } from './models.ts';
import { checkNames } from './names.ts';
import { checkProxy } from './proxy.ts';
import { checkRunning } from './running.ts';
import { lookAround, type Site } from './site.ts';
import { checkDisk, checkOutbox } from './storage.ts';
import { checkTransports } from './transports.ts';

const DAY = 86_400_000;

/** What a check said, in one line each: `fail: message`. What is not good has to say what to do. */
async function said(check: (site: Site) => Promise<Found[]>, site: Site): Promise<string[]> {
  const found = await check(site);
  for (const { status, next } of found) assert.equal(next !== undefined, status !== 'pass');
  return found.map(({ status, message }) => `${status}: ${message}`);
}

async function openSite() {
  const site = await testSite();
  await site.join();
  return site;
}

test('files: all is well while the folder and what is in it are the agent’s alone', async () => {
  const site = await openSite();
  site.owned.set('/state', { kind: 'folder', mode: 0o700, user: 500 });
  assert.match((await said(checkFiles, await site.look())).join(), /^pass: [^,]*$/);
});

test('files: an open folder, an open key, another owner and a file in the way are told apart', async () => {
  const site = await openSite();
  const look = async (path: string, mode: number, user = 500, kind: 'file' | 'folder' = 'file') => {
    site.owned.clear();
    site.owned.set('/state', { kind: 'folder', mode: 0o700, user: 500 });
    site.owned.set(path, { kind, mode, user });
    return (await said(checkFiles, await site.look())).join();
  };
  await site.disk.writeAtomic('/state/desired/desired.json', '{}');
  assert.match(await look('/state', 0o755, 500, 'folder'), /^fail: \/state is open to other users \(0755\)$/);
  assert.match(
    await look('/state/identity/key.pem', 0o640),
    /^fail: .*key\.pem is open to other users \(0640\)$/,
  );
  assert.match(
    await look('/state/desired/desired.json', 0o644),
    /^warn: open to other users.*desired\.json$/,
  );
  assert.match(
    await look('/state/identity/key.pem', 0o600, 0),
    /^fail: not of user 500.*identity\/key\.pem$/,
  );
  assert.match(
    await look('/state', 0o700, 7, 'folder'),
    /^fail: \/state belongs to user 7, and this is user 500$/,
  );
  assert.match(await look('/state', 0o600), /^fail: \/state is no folder$/);
});

test('files: no folder says how to come by one', async () => {
  const site = await testSite();
  const looked = { ...(await site.look()), folder: '/nowhere' };
  assert.match((await said(checkFiles, looked)).join(), /^fail: there is no state folder \/nowhere$/);
});

test('clock: it may not stand before what certainly lies behind', async () => {
  const site = await openSite();
  await site.want('digits', { 'a.onnx': 'weights' });
  assert.match(
    (await said(checkClock, await site.look())).join(),
    /^pass: .* after the hub signed the desired state$/,
  );
  const now = site.clock.now();
  site.clock.setNow(now - 60_000);
  assert.match((await said(checkClock, await site.look())).join(), /^pass/, 'a minute is nobody’s fault');
  site.clock.setNow(now - 3_600_000);
  assert.match((await said(checkClock, await site.look())).join(), /^fail: .* before the hub signed/);
  site.clock.setNow(0);
  assert.match(
    (await said(checkClock, await site.look())).join(),
    /^fail: the clock stands at 1970-01-01T00:00:00Z/,
  );
});

test('clock: a device that never joined is held to the program’s own age', async () => {
  const site = await testSite();
  assert.match((await said(checkClock, await site.look())).join(), /^pass: .* after this program was built$/);
  site.clock.setNow(Date.UTC(2025, 0, 1));
  assert.match((await said(checkClock, await site.look())).join(), /^fail: .* before this program was built/);
});

test('clock: a device that has not met its hub since its start says so, and what the hub told counts', async () => {
  const site = await openSite();
  const device = { ...site.ids, project: 'default', name: 'till', addresses: site.addresses };
  const told = async (status: 'True' | 'False', message: string) => {
    const TimeKnown = {
      status,
      reason: 'TimeUnknown',
      message,
      lastTransitionTime: '2026-01-01T00:00:00.000Z',
    } as const;
    const reported = {
      conditions: { TimeKnown },
      models: {},
      pipelines: {},
      streams: {},
      outbox: { bytes: 0, quota: 7 * 2 ** 20 },
    };
    site.running = { device, link: { connected: false, detail: 'away' }, reported };
    return (await said(checkClock, await site.look())).join();
  };
  assert.match(await told('False', 'the hub was not met'), /^pass: .*,warn: the hub was not met$/);
  assert.match(await told('True', '0.1 s ahead'), /^pass: [^,]*, after[^,]*$/);
  assert.match(
    (await said(checkOutbox, await site.look())).join(),
    / of 7 MiB are used/,
    'and its quota is the one that counts',
  );
});

test('disk: room, little room, none, and a disk that takes nothing', async () => {
  const site = await openSite();
  const free = async (bytes: number) => {
    site.disk.setFree(bytes);
    return (await said(checkDisk, await site.look())).join();
  };
  assert.equal(await free(2 ** 31), 'pass: 2.0 GiB are free for /state');
  assert.match(await free(200 * 2 ** 20), /^warn: 200 MiB are free/);
  assert.match(await free(10 * 2 ** 20), /^fail: 10 MiB are free .*nothing more can be pulled/);
  assert.match(await free(3), /^fail: nothing can be written: .*,fail:/);
  assert.deepEqual(
    (await site.disk.list('/state')).filter(({ kind }) => kind === 'file'),
    [],
    'nothing is left behind',
  );
});

test('outbox: what is used against the quota, and the quota against the disk', async () => {
  const site = await openSite();
  await site.disk.makeFolder('/state/outbox/runtime/result');
  const used = async (bytes: number, free = 2 ** 30) => {
    site.disk.setFree(2 ** 30);
    await site.disk.writeAtomic('/state/outbox/runtime/result/1.seg', Buffer.alloc(bytes));
    site.disk.setFree(free);
    return (await said(checkOutbox, await site.look())).join();
  };
  assert.equal(await used(1_000), 'pass: 1 KiB of 1 MiB are used');
  assert.match(await used(2 ** 20 * 0.95), /^warn: 973 KiB of 1 MiB/);
  assert.match(
    await used(2 ** 20),
    /^fail: 1 MiB of 1 MiB are used: the oldest of the least urgent make room/,
  );
  assert.match(
    await used(1_000, 10_000),
    /^pass: .*,warn: the disk has no room for the outbox’s quota of 1 MiB$/,
  );
});

test('certificate: good, due, ended, of another key, of nobody, damaged', async () => {
  const site = await openSite();
  const now = site.clock.now();
  assert.deepEqual(await said(checkCertificate, await site.look()), [
    'pass: till’s certificate is valid for 29 days more',
  ]);
  site.clock.setNow(now + 25 * DAY);
  assert.match(
    (await said(checkCertificate, await site.look())).join(),
    /^warn: .* valid for 4 days more, and its renewal is due$/,
  );
  site.clock.setNow(now + 39 * DAY);
  assert.match(
    (await said(checkCertificate, await site.look())).join(),
    /^warn: till’s certificate ended 10 days ago$/,
  );
  site.clock.setNow(0);
  assert.match(
    (await said(checkCertificate, await site.look())).join(),
    /^pass/,
    'a wrong clock is another check’s matter',
  );
  site.clock.setNow(now);

  const key = await site.disk.read('/state/identity/key.pem');
  const other = await site.authority.issue({ identity: { kind: 'device', ...site.ids } });
  await site.disk.writeAtomic('/state/identity/key.pem', other.key);
  assert.match((await said(checkCertificate, await site.look())).join(), /^pass/, 'there is a copy');
  await site.disk.writeAtomic('/state/identity/key.pem.copy', other.key);
  assert.match((await said(checkCertificate, await site.look())).join(), /^fail: .*it holds another key$/);
  await writeWithCopy(site.disk, '/state/identity/key.pem', key);
  await writeWithCopy(site.disk, '/state/identity/chain.pem', 'nothing of the kind');
  assert.match((await said(checkCertificate, await site.look())).join(), /^fail: /);
  await writeWithCopy(site.disk, '/state/identity/hub.json', '{');
  assert.match((await said(checkCertificate, await site.look())).join(), /^fail: .*identity is damaged/);
  await site.disk.remove('/state/identity/hub.json');
  assert.match(
    (await said(checkCertificate, await site.look())).join(),
    /^fail: \/state has not joined a hub$/,
  );
});

test('copies: both, one that is damaged or gone, and none yet', async () => {
  const site = await openSite();
  const looking = async () => {
    const found = said(checkCopies, await site.look());
    for (let ms = 0; ms < 5; ms++) await site.clock.advance(500);
    return (await found).join();
  };
  assert.match(await looking(), /^pass/);
  await site.want('digits', { 'model.yaml': 'name: digits' });
  assert.match(await looking(), /^pass/);
  await site.disk.remove('/state/identity/key.pem.copy');
  await site.disk.writeAtomic('/state/desired/desired.json', '{}');
  assert.equal(
    await looking(),
    'warn: not as the copy beside it: /state/identity/key.pem, /state/desired/desired.json',
  );
});

test('names: what resolves, what does not, and addresses that need not', async () => {
  const site = await testSite();
  site.addresses = ['https://hub.example.com:8443', 'https://hub.example.com', 'https://192.0.2.7'];
  await site.join();
  assert.deepEqual(await said(checkNames, await site.look()), ['pass: hub.example.com is 192.0.2.1']);
  site.probes = { ...site.probes, resolve: () => Promise.reject(new Error('getaddrinfo EAI_AGAIN')) };
  assert.deepEqual(await said(checkNames, await site.look()), [
    'fail: hub.example.com cannot be resolved: getaddrinfo EAI_AGAIN',
  ]);
});

test('names: a resolver that never answers is not waited for', { timeout: 10_000 }, async () => {
  const site = await testSite();
  site.addresses = ['https://hub.example.com'];
  await site.join();
  site.probes = { ...site.probes, resolve: () => new Promise(() => {}) };
  const looking = said(checkNames, await site.look());
  await site.clock.advance(5_000);
  assert.match((await looking).join(), /^fail: .* took longer than 5000 ms$/);
});

test('proxy: none, one, one that is no address, and who goes around it', async () => {
  const site = await testSite();
  site.addresses = ['https://hub.example.com:8443', 'https://other.org'];
  await site.join();
  const proxied = async (env: Record<string, string>) => {
    site.env = env;
    return (await said(checkProxy, await site.look())).join();
  };
  assert.equal(await proxied({}), 'pass: no proxy is set (HTTPS_PROXY)');
  const one = { HTTPS_PROXY: 'http://me:secret@proxy:3128' };
  assert.equal(await proxied(one), 'pass: HTTPS_PROXY names proxy:3128', 'and shows no password');
  assert.equal(
    await proxied({ https_proxy: 'socks5://proxy:3128' }),
    'warn: https_proxy is not the address of a proxy, and the agent does without',
  );
  for (const around of ['.example.com', 'example.com', 'hub.example.com:8443', '*.example.com'])
    assert.match(
      await proxied({ ...one, NO_PROXY: `x, ${around}` }),
      /but not for https:\/\/hub\.example\.com:8443 \(/,
    );
  for (const not of ['hub.example.com:443', 'ample.com', 'hub'])
    assert.doesNotMatch(await proxied({ ...one, NO_PROXY: not }), /but not/);
  assert.match(await proxied({ ...one, no_proxy: '*' }), /hub.*other\.org \(NO_PROXY\)/);
});

test('models: whole, changed, cut, not there, and a desired state that nobody signed', async () => {
  const site = await openSite();
  assert.match((await said(checkModels, await site.look())).join(), /^warn: there is no desired state yet$/);
  const digest = await site.want('digits', { 'digits.onnx': 'weights', 'model.yaml': 'name: digits' });
  const paths = pathsIn('/state/artifacts');
  const file = `${paths.model(digest)}/digits.onnx`;
  const look = async () => (await said(checkModels, await site.look())).join();
  assert.equal(await look(), 'pass: digits:1 is whole');
  await site.disk.writeAtomic(file, 'wEights');
  assert.match(await look(), /^fail: digits:1 is damaged: digits\.onnx/);
  await site.disk.writeAtomic(file, 'weig');
  assert.match(await look(), /^fail: digits:1 is damaged: digits\.onnx/);
  await site.disk.remove(file);
  assert.match(await look(), /^fail: digits:1 is damaged: digits\.onnx/);
  await site.disk.writeAtomic(file, 'weights');
  await site.disk.writeAtomic(paths.blob(digest), '{}');
  assert.match(await look(), /^fail: digits:1 is damaged: its manifest/);
  await site.disk.removeTree(paths.model(digest));
  assert.match(await look(), /^warn: digits:1 is not on this device yet$/);

  const desired = Buffer.from(await site.disk.read('/state/desired/desired.json')).toString();
  await writeWithCopy(
    site.disk,
    '/state/desired/desired.json',
    desired.replace('\\"version\\":\\"1\\"', '\\"version\\":\\"2\\"'),
  );
  assert.match(await look(), /^fail: .*is not taken: the body is not the one that was signed$/);
  await writeWithCopy(site.disk, '/state/desired/desired.json', 'x');
  assert.match(await look(), /^fail: .*desired\.json is damaged/);
});

test('agent: none, one that is connected, one that is not, one that does not answer', async () => {
  const site = await openSite();
  assert.deepEqual(await said(checkRunning, await site.look()), ['warn: no agent runs on this folder']);
  const device = { ...site.ids, project: 'default', name: 'till', addresses: site.addresses };
  site.running = { device, link: { connected: true, detail: 'wss://hub' }, reported: undefined };
  assert.match((await said(checkRunning, await site.look())).join(), /^pass/);
  site.running = { device, link: { connected: false, detail: 'refused' }, reported: undefined };
  assert.match((await said(checkRunning, await site.look())).join(), /^warn: .*not connected: refused$/);
  site.silence = agentError('DeadlineExceeded', 'no answer within 5 s');
  assert.match((await said(checkRunning, await site.look())).join(), /^warn: .*does not say.*within 5 s$/);
});

test('agent: of another user’s folder nobody can say whether one runs, so nobody is told to start it', async () => {
  const site = await openSite();
  const cause = Object.assign(new Error('connect EACCES'), { code: 'EACCES' });
  const silent = () =>
    Promise.reject(new SkerryError({ code: 'Unreachable', detail: 'no answer', next: 'Wait.', cause }));
  const { ports, ...rest } = await site.look();
  const looked = await lookAround({ ...rest, ports: { ...ports, http: { ...ports.http, request: silent } } });
  const [found] = await checkRunning(looked);
  assert.match(found!.message, /^this user may not look into \/state/);
  assert.match(found!.next!, /as the user that the folder belongs to/);
});

test('of an identity or a desired state that is damaged for good it says how to come by another', async () => {
  const site = await openSite();
  await site.want('digits', { 'digits.onnx': 'weights' });
  await writeWithCopy(site.disk, '/state/desired/desired.json', '{"x":1}');
  const [desired] = await checkModels(await site.look());
  assert.match(desired!.message, /^\/state\/desired\/desired\.json is damaged: etag: .*expected string/);
  assert.match(desired!.next!, /is fetched again/);
  await writeWithCopy(site.disk, '/state/identity/hub.json', '{');
  const looked = await site.look();
  const [identity] = await checkCertificate(looked);
  assert.match(identity!.next!, /move \/state\/identity away, and join again/);
  for (const check of [checkModels, checkNames, checkTransports])
    assert.deepEqual(await said(check, looked), [], 'it has joined: only nobody knows to whom');
});
