import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { connect, type TLSSocket } from 'node:tls';
import { promisify } from 'node:util';
import { type Hub, joinDevice, openStage, startAgent, startHub, stealIdentity, until } from '@skerry/testkit';

test('a device that is revoked is cut off at once, whatever it does, and comes back when it is admitted', async (t) => {
  const stage = openStage(t);
  const hub = await startHub(stage);
  const lost = await joinDevice(stage, hub, { name: 'lost' });
  const kept = await joinDevice(stage, hub, { name: 'kept' });
  for (const device of [lost, kept]) await startAgent(stage, device);
  for (const name of ['lost', 'kept']) await isConnected(hub, name, true);
  // What somebody does who has the key: a connection over which it asked for something a moment ago.
  const open = await holdOpen(hub, lost.state);
  const others = await holdOpen(hub, kept.state);

  const cut = once(open, 'close', { signal: AbortSignal.timeout(1_000) });
  await hub.people.devices.revoke('lost');
  await cut;
  await isConnected(hub, 'lost', false);
  const { conditions } = (await hub.people.devices.get('lost')).value.status;
  assert.equal(conditions.Certified?.reason, 'Revoked');
  assert.equal(others.destroyed, false);
  await isConnected(hub, 'kept', true);
  assert.match(await answerOn(hub, lost.state), /^HTTP\/1\.1 401 /);

  const { lifted } = await hub.people.devices.admit('lost');
  assert.deepEqual(
    lifted.map(({ reason }) => reason),
    ['Revoked'],
  );
  await isConnected(hub, 'lost', true);
  others.destroy();
});

test('keys are for the eyes of their own user alone', async (t) => {
  const stage = openStage(t);
  const hub = await startHub(stage);
  const device = await joinDevice(stage, hub, { name: 'camera1' });
  await using _agent = await startAgent(stage, device);
  await isConnected(hub, 'camera1', true);
  const folders = [join(device.state, 'identity'), join(hub.data, 'keys')];
  for (const folder of folders) {
    assert.equal((await lstat(folder)).mode & 0o777, 0o700, folder);
    for (const file of await readdir(folder))
      assert.equal((await lstat(join(folder, file))).mode & 0o777, 0o600, join(folder, file));
  }

  const notRoot = process.getuid?.() === 0 ? false : 'only root can become another user';
  await t.test('another user of the machine reads none of them', { skip: notRoot }, async () => {
    for (const file of [join(device.state, 'identity', 'key.pem'), join(hub.data, 'keys', 'root.key')])
      await assert.rejects(promisify(execFile)('cat', [file], { uid: 65_534, gid: 65_534 }), /denied/);
  });
});

async function isConnected(hub: Hub, name: string, wanted: boolean): Promise<void> {
  const look = async () => (await hub.people.devices.get(name)).value.status.connected === wanted;
  await until(look, { what: `${name} is ${wanted ? '' : 'not '}connected`, deadline: 70_000 });
}

/** A connection of the device that stays open between two requests. */
async function holdOpen(hub: Hub, state: string): Promise<TLSSocket> {
  const { key, cert } = await stealIdentity(state);
  const socket = connect({ host: '127.0.0.1', port: hub.devicesPort, key, cert, rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  socket.on('error', () => {});
  socket.write('GET /link/v1/desired HTTP/1.1\r\nHost: hub\r\n\r\n');
  const [head] = await once(socket, 'data');
  assert.match(String(head), /^HTTP\/1\.1 200 /);
  socket.resume();
  return socket;
}

async function answerOn(hub: Hub, state: string): Promise<string> {
  const { key, cert } = await stealIdentity(state);
  const socket = connect({ host: '127.0.0.1', port: hub.devicesPort, key, cert, rejectUnauthorized: false });
  socket.write('GET /link/v1/desired HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n\r\n');
  const [head] = await once(socket, 'data');
  socket.destroy();
  return String(head);
}
