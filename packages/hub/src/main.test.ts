import assert from 'node:assert/strict';
import { chmod, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { hubInfo } from '@skerry/contracts';
import { openStage, type Program, type Stage, until } from '@skerry/testkit';

const anyPort = [
  '--listen',
  '127.0.0.1:0',
  '--devices-listen',
  '127.0.0.1:0',
  '--mqtt-listen',
  '127.0.0.1:0',
];

interface Ready {
  readonly api: string;
  readonly devices: string;
  readonly fingerprint: string;
  readonly adminTokenFile: string;
}

function start(stage: Stage, args: string[], env: Record<string, string> = {}): Program {
  return stage.start({ name: 'hub', entry: 'packages/hub/src/main.ts', args, env });
}
const run = (stage: Stage, data: string, args: string[] = []) =>
  start(stage, ['--data', data, ...anyPort, ...args]);

const ready = (hub: Program): Promise<Ready> =>
  hub.said(
    (line) => (line.includes('"ready":true') ? (JSON.parse(line) as Ready) : undefined),
    'that it is ready',
  );

async function refusal(
  hub: Program,
): Promise<{ exit: number | null; code: string; msg: string; next: string }> {
  const { code: exit } = await hub.exited;
  const last = hub.stderr.findLast((line) => line.includes('"code"'));
  return { exit, ...JSON.parse(last ?? '{}') };
}

test('a hub starts, is used, stops, and is the same hub when it starts again', async (story) => {
  const stage = openStage(story);
  const data = join(stage.folder, 'hub');
  const first = run(stage, data);
  const { api, devices, fingerprint, adminTokenFile } = await ready(first);
  const info = hubInfo.parse(await (await fetch(`${api}/api/v1/info`)).json());
  assert.equal(info.fingerprint, fingerprint);
  assert.deepEqual(info.addresses, [devices]);
  const token = (await readFile(adminTokenFile, 'utf8')).trim();
  const ask = (url: string) =>
    fetch(`${url}/api/v1/whoami`, { headers: { authorization: `Bearer ${token}` } });
  assert.deepEqual(await (await ask(api)).json(), { name: 'admin', role: 'admin', project: 'default' });
  for (const path of ['/healthz', '/readyz', '/metrics'])
    assert.equal((await fetch(api + path)).status, 200, path);
  assert.ok(!first.log.join().includes(token), 'the token is not in the log');
  assert.deepEqual(await first.stop(10_000), { code: 0, signal: null });

  const again = run(stage, data);
  const second = await ready(again);
  assert.equal(second.fingerprint, fingerprint);
  assert.equal((await ask(second.api)).status, 200);
  await again.kill();
  const afterKill = run(stage, data);
  assert.equal((await ask((await ready(afterKill)).api)).status, 200);
});

test('what the hub keeps is readable by its user alone', async (story) => {
  const stage = openStage(story);
  const data = join(stage.folder, 'hub');
  await ready(run(stage, data));
  const mode = async (path: string) => ((await stat(join(data, path))).mode & 0o777).toString(8);
  assert.equal(await mode('.'), '700');
  assert.equal(await mode('keys'), '700');
  for (const file of ['admin-token', 'hub.db', 'keys/root.key']) assert.equal(await mode(file), '600', file);
});

test('while it stops, it says that it is not ready', async (story) => {
  const stage = openStage(story);
  const hub = run(stage, join(stage.folder, 'hub'));
  const { api } = await ready(hub);
  hub.signal('SIGTERM');
  const gone = async () => {
    const answer = await fetch(`${api}/readyz`).catch(() => undefined);
    return answer === undefined || answer.status === 503;
  };
  await until(gone, { what: 'the hub is not ready', deadline: 5_000 });
  assert.equal((await hub.exited).code, 0);
});

test('asked to stop while it starts, it stops, and has not failed', async (story) => {
  const stage = openStage(story);
  const data = join(stage.folder, 'hub');
  const hub = run(stage, data);
  const begun = () => stat(join(data, 'hub.db')).then(Boolean, () => false);
  await until(begun, { what: 'the hub has begun', deadline: 10_000, every: 5 });
  hub.signal('SIGTERM');
  assert.deepEqual(await hub.exited, { code: 0, signal: null }, hub.log.join('\n'));
  await ready(run(stage, data));
});

test('beyond loopback, people are answered by TLS alone', async (story) => {
  const stage = openStage(story);
  const { api } = await ready(run(stage, join(stage.folder, 'hub'), ['--listen', '0.0.0.0:0']));
  assert.match(api, /^https:/);
  const port = new URL(api).port;
  await assert.rejects(fetch(`http://127.0.0.1:${port}/healthz`));
});

test('a setting that is wrong is named, and the exit code is 2', async (story) => {
  const stage = openStage(story);
  const data = join(stage.folder, 'hub');
  const wrong: [string[], Record<string, string>, RegExp][] = [
    [['--retntion', '3d'], {}, /unknown flag --retntion \(did you mean "retention"\?\)/],
    [['--listen', '8080'], {}, /--listen: expected HOST:PORT/],
    [['--database', 'postgres://hub:hunter2@localhost/hub'], {}, /holds a password/],
    [[], { SKERRY_HUB_DISK_RESERVE: 'much' }, /SKERRY_HUB_DISK_RESERVE: .* a size in bytes/],
  ];
  for (const [args, env, expected] of wrong) {
    const hub = start(stage, ['--data', data, ...args], env);
    const { exit, code, msg } = await refusal(hub);
    assert.deepEqual([exit, code], [2, 'InvalidConfig']);
    assert.match(msg, expected);
    assert.ok(!hub.log.join().includes('hunter2'));
  }
});

test('a folder that cannot be used is named', async (story) => {
  const stage = openStage(story);
  const file = join(stage.folder, 'file');
  await writeFile(file, 'not a folder');
  const { exit, msg } = await refusal(run(stage, join(file, 'hub')));
  assert.equal(exit, 3);
  assert.ok(msg.includes(file), msg);
});

test('a folder that may not be written to is named', {
  skip: process.getuid?.() === 0 && 'root may write everywhere',
}, async (story) => {
  const stage = openStage(story);
  const data = await stage.makeFolder('hub');
  await chmod(data, 0o500);
  const { exit, msg } = await refusal(run(stage, data));
  assert.equal(exit, 1);
  assert.ok(msg.includes(data), msg);
});

test('where there is no hub, what is done with one says so', async (story) => {
  const stage = openStage(story);
  const data = join(stage.folder, 'none');
  for (const verb of [
    ['rotate', 'root'],
    ['backup', 'file.age', '--recipient', 'age1'],
  ]) {
    const { code, msg, next } = await refusal(start(stage, [...verb, '--data', data]));
    assert.deepEqual([code, msg], ['FileNotFound', `there is no hub in ${data}`]);
    assert.match(next, /--data/);
  }
});

test('a hub that is stopped while somebody waits for a command ends well, and soon', async (story) => {
  const stage = openStage(story);
  const data = join(stage.folder, 'hub');
  const first = run(stage, data);
  await ready(first);
  await first.stop(10_000);
  addDevice(join(data, 'hub.db'));
  const hub = run(stage, data);
  const { api, adminTokenFile } = await ready(hub);
  const authorization = `Bearer ${(await readFile(adminTokenFile, 'utf8')).trim()}`;
  const headers = { authorization, 'content-type': 'application/json' };
  const url = `${api}/api/v1/projects/default/devices/till/commands`;
  const asked = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ kind: 'ping' }) });
  const { id } = (await asked.json()) as { id: string };
  const waiting = fetch(`${url}/${id}?waitSeconds=20`, { headers }).catch(() => {});
  assert.equal((await fetch(`${api}/readyz`)).status, 200);
  assert.deepEqual(await hub.stop(10_000), { code: 0, signal: null });
  await waiting;
});

/** One that never connects. */
function addDevice(path: string): void {
  const db = new DatabaseSync(path);
  const { id: project } = db.prepare('SELECT id FROM projects').get() as { id: string };
  const at = new Date().toISOString();
  db.prepare(`INSERT INTO devices (id, project_id, name, labels, inventory, generation, created_at, updated_at,
    connected, connection_reason, connection_message, connection_changed_at)
    VALUES (?, ?, 'till', '{}', '{}', 1, ?, ?, 0, 'NeverConnected', '', ?)`).run(
    '01900000-0000-7000-8000-00000000000a',
    project,
    at,
    at,
    at,
  );
  db.close();
}
