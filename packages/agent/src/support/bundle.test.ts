import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { apiKey, encodeJoinToken, hashOfApiKey } from '@skerry/contracts';
import type { Disk } from '@skerry/kit';
import { nodeClock, nodePorts } from '@skerry/kit/node';
import { parseTar } from 'nanotar';
import { agentError } from '../errors.ts';
import { writeIdentity, writeKey } from '../identity/kept-identity.ts';
import { openSqliteState } from '../ports/sqlite-state.ts';
import { testAuthority } from '../testing/authority.ts';
import { writeBundle } from './bundle-verb.ts';

const hubId = '01900000-0000-7000-8000-000000000001';
const projectId = '01900000-0000-7000-8000-000000000002';
const deviceId = '01900000-0000-7000-8000-000000000003';
const random = (fill: number) =>
  Buffer.from(Array.from({ length: 32 }, (_, at) => (at * 37 + fill * 101) % 256));

/** One of each kind, as it is really written. */
const secrets = {
  joinSecret: random(1).toString('base64url'),
  apiKey: apiKey('till', random(2)),
  bearer: 'mF_9.B5f-4.1JqM',
  urlPassword: 'p@ss:w/rd é',
  keyHash: hashOfApiKey(apiKey('kiosk', random(3))),
  secretRefValue: 'broker-grants-this-entry',
  variable: 'AbCd0123EfGh4567',
  adminToken: random(4).toString('base64url'),
  session: 's%3AkQ8example.session.of.a.person',
  basic: 'operator:open-sesame-1',
  continuation: random(5).toString('base64url'),
  proxyPassword: 'through/the wall:7',
};
const joinToken = encodeJoinToken({
  addresses: ['https://hub:8443'],
  root: `sha256:${'0'.repeat(64)}`,
  id: hubId,
  secret: secrets.joinSecret,
});

/** A device that has joined, and whose state folder holds secrets wherever one could come to lie. */
async function openDevice(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'skerry-bundle-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const ports = nodePorts();
  t.after(() => ports.http.close());
  const authority = await testAuthority();
  const { chain, key } = await authority.issue({ identity: { kind: 'device', hubId, projectId, deviceId } });
  await writeKey(ports.disk, folder, key);
  const addresses = [`https://agent:${encodeURIComponent(secrets.urlPassword)}@127.0.0.1:9`];
  await writeIdentity(ports.disk, folder, {
    ...{ hubId, projectId, deviceId, project: 'default', name: 'till', key, chain, root: authority.root },
    addresses,
    certifiedAt: 0,
  });
  plantState(folder);
  plantKeys(folder);
  plantLogs(folder, key);
  const env = {
    HTTPS_PROXY: `http://site:${encodeURIComponent(secrets.proxyPassword)}@127.0.0.1:3128`,
    SKERRY_STORE_ACCESS_KEY: secrets.variable,
    HOME: folder,
  };
  const file = join(folder, 'bundle.tar.gz');
  const options = {
    ports,
    folder,
    env,
    outboxQuota: 2 ** 29,
    engineProgram: engine,
    agentVersion: '0',
    file,
  };
  const write = (disk = ports.disk) => writeBundle({ ...options, ports: { ...ports, disk } });
  return { folder, key, file, env, disk: ports.disk, write };
}

/** The engine is another test's matter. */
const engine = [process.execPath, '-e', ''] as const;

function plantState(folder: string): void {
  openSqliteState(folder, nodeClock()).close();
  const db = new DatabaseSync(join(folder, 'agent.db'));
  const facts = {
    continuationSecret: secrets.continuation,
    store: { nextSecret: secrets.secretRefValue },
    refused: { 'digits@1': { message: `Bearer ${secrets.bearer}` } },
  };
  for (const [name, value] of Object.entries(facts))
    db.prepare('REPLACE INTO facts VALUES (?, ?)').run(name, JSON.stringify(value));
  db.close();
}

function plantKeys(folder: string): void {
  mkdirSync(join(folder, 'serving'));
  writeFileSync(
    join(folder, 'serving/keys.yaml'),
    `spec: { keys: { kiosk: { hash: "${secrets.keyHash}" } } }\n`,
  );
}

function plantLogs(folder: string, key: string): void {
  for (const path of ['log', 'runtime/log']) mkdirSync(join(folder, path), { recursive: true });
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const lines = [
    { msg: `joined with ${joinToken}`, note: base64(`then ${joinToken}`) },
    {
      msg: 'asked',
      headers: { 'x-api-key': secrets.apiKey, accept: '*/*' },
      url: `/v2?key=${secrets.apiKey}`,
    },
    { msg: `refused: Authorization: Bearer ${secrets.bearer}` },
    { msg: 'proxied', by: `Basic ${base64(secrets.basic)}` },
    { msg: 'asked the proxy', by: base64(`site:${secrets.proxyPassword}`), with: secrets.proxyPassword },
    { msg: 'welcome', state: base64(`{"c":"${secrets.continuation}"}`) },
    { msg: `cannot reach mqtt://user:${encodeURIComponent(secrets.urlPassword)}@broker:1883` },
    { msg: `key ${secrets.keyHash} is unknown`, state: base64(`xx${secrets.keyHash}`) },
    {
      msg: `the broker was given ${secrets.secretRefValue}`,
      hex: Buffer.from(secrets.secretRefValue).toString('hex'),
    },
    { msg: `env ${JSON.stringify({ SKERRY_STORE_ACCESS_KEY: secrets.variable })} and ${secrets.variable}` },
    { msg: `logged in with ${secrets.adminToken}`, token: secrets.adminToken },
    { msg: 'asked', cookie: `session=${secrets.session}` },
    { msg: `inner ${JSON.stringify(JSON.stringify({ password: secrets.basic }))}` },
    { msg: `the key is ${key}`, again: base64(key), last: key.split('\n')[1] },
  ];
  const text = lines
    .map((line) => `${JSON.stringify({ level: 30, time: 1, name: 'agent', ...line })}\n`)
    .join('');
  const raw = `Segmentation fault\n${key}\nCookie: session=${secrets.session}\npassword=${secrets.basic}\n${joinToken}\n`;
  writeFileSync(join(folder, 'log/agent.log'), text);
  writeFileSync(join(folder, 'log/agent.log.1'), `${text.slice(0, 300)}\n`);
  writeFileSync(join(folder, 'runtime/log/runtime.log'), raw);
}

/** All that is on the device, as it is. */
function everything(folder: string, env: Readonly<Record<string, string>>): Buffer {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return Buffer.concat([
    ...files.map(({ parentPath, name }) => readFileSync(join(parentPath, name))),
    Buffer.from(JSON.stringify(env)),
  ]);
}

/** What would give a secret away: itself, and the base64 and hexadecimal of it wherever it stood. */
function traces(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const encoded = [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .replaceAll('=', '');
    return text.slice(4, -4);
  });
  return [
    secret,
    encodeURIComponent(secret),
    bytes.toString('hex'),
    bytes.toString('base64url').slice(0, -4),
    ...encoded,
  ];
}

function unpack(file: string) {
  const tar = gunzipSync(readFileSync(file));
  const files = new Map(
    parseTar(new Uint8Array(tar)).map(({ name, text }) => [name.replace('skerry-support/', ''), text]),
  );
  return { tar, files };
}

/** A disk that does not give these files. */
function without(disk: Disk, ...paths: readonly string[]): Disk {
  const failing =
    <R>(op: (path: string) => Promise<R>) =>
    async (path: string): Promise<R> => {
      if (paths.some((one) => path.endsWith(one)))
        throw agentError('StorageFailed', `reading ${path} failed: EIO`);
      return op(path);
    };
  return {
    ...disk,
    read: failing(disk.read),
    readIfThere: failing(disk.readIfThere),
    openRead: failing(disk.openRead),
  };
}

test('a bundle holds what helps, and no secret in any form', async (t) => {
  const { folder, key, file, env, write } = await openDevice(t);
  const before = everything(folder, env);
  await write();
  const { tar, files } = unpack(file);

  for (const name of [
    'README.txt',
    'about.json',
    'check.json',
    'check.txt',
    'identity.json',
    'status.json',
    'state.json',
    'desired.json',
    'events.jsonl',
    'files.json',
    'logs/agent.log',
    'logs/agent.log.1',
    'logs/runtime.log',
  ])
    assert.ok(files.has(name), `${name} is in it`);
  assert.match(files.get('logs/runtime.log')!, /^Segmentation fault\n\[removed\]/);
  assert.match(files.get('logs/agent.log')!, /"msg":"refused: Authorization: /);
  assert.match(files.get('identity.json')!, /"name": "till"/);
  assert.match(files.get('check.txt')!, /certificate/);
  assert.match(files.get('files.json')!, /serving\/keys\.yaml/);
  for (const line of files.get('logs/agent.log')!.trim().split('\n'))
    assert.ok(JSON.parse(line).msg, 'a line stays a line');

  const lines = key.split('\n').filter((line) => line.length > 20);
  const planted = {
    ...secrets,
    joinToken,
    basicHeader: Buffer.from(secrets.basic).toString('base64'),
    ...Object.fromEntries(lines.map((line, at) => [`key line ${at}`, line])),
  };
  for (const [kind, secret] of Object.entries(planted))
    assert.ok(
      traces(secret).some((trace) => before.includes(trace)),
      `${kind} was there`,
    );
  for (const [kind, secret] of Object.entries(planted))
    for (const trace of traces(secret)) assert.equal(tar.indexOf(trace), -1, `${kind} shows as ${trace}`);
  assert.equal(tar.indexOf('PRIVATE KEY'), -1);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.ok(existsSync(join(folder, 'identity/key.pem')), 'nothing was taken from the device itself');
});

test('a file that is there is not written over', async (t) => {
  const { file, write } = await openDevice(t);
  writeFileSync(file, 'mine');
  chmodSync(file, 0o644);
  await assert.rejects(write(), { code: 'Conflict' });
  assert.equal(readFileSync(file, 'utf8'), 'mine');
});

test('what a bad disk does not give is said, and the rest is in it', async (t) => {
  const { file, key, disk, write } = await openDevice(t);
  await write(without(disk, 'identity/key.pem', 'log/runtime.log'));
  const { tar, files } = unpack(file);
  assert.match(files.get('logs/runtime.log')!, /"unreadable":"reading .*runtime\.log failed: EIO"/);
  assert.match(files.get('logs/agent.log')!, /"msg":"the key is /);
  assert.match(files.get('identity.json')!, /"name": "till"/);
  const lines = key.split('\n').filter((line) => line.length > 20);
  for (const line of lines) assert.equal(tar.indexOf(line), -1, 'the copy says what to take out');
});

test('where a secret can be read nowhere, no bundle is made', async (t) => {
  const { file, disk, write } = await openDevice(t);
  await assert.rejects(write(without(disk, 'serving/keys.yaml')), /keys\.yaml/);
  assert.equal(existsSync(file), false);
});
