import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, it } from 'node:test';
import {
  eventOf,
  holdPort,
  joinDevice,
  mountSmallDisk,
  noSmallDisk,
  openStage,
  type Program,
  runAgent,
  runHub,
  runJoin,
  startAgent,
  startHub,
  until,
} from '@skerry/testkit';

describe('one state folder', () => {
  it('is one agent’s: a second is refused, also after the first was killed and started again', async (t) => {
    const stage = openStage(t);
    const hub = await startHub(stage);
    const device = await joinDevice(stage, hub, { name: 'camera1' });
    const agent = await startAgent(stage, device);
    await until(() => agent.runtime(), { what: 'the runtime is up' });
    await refuses(runAgent(stage, device), 'FolderInUse', /camera1/);
    await agent.kill();
    agent.restart();
    await eventOf(hub.people, device.name, 'RuntimeAdopted');
    await refuses(runAgent(stage, device), 'FolderInUse', /camera1/);
  });

  it('on a full disk is refused, and joins once there is space', {
    skip: noSmallDisk ?? false,
  }, async (t) => {
    const stage = openStage(t);
    const hub = await startHub(stage);
    await using disk = await mountSmallDisk(stage, 'small', 16 * 1024);
    const { token } = await hub.people.deviceTokens.create({});
    const device = { name: 'camera1', state: disk.folder };
    await refuses(runJoin(stage, device, token), 'DiskFull', /small/);
    await disk.resize(64 * 1024 * 1024);
    assert.equal((await runJoin(stage, device, token).exited).code, 0);
  });

  it('is not joined twice, and not run before it has joined', async (t) => {
    const stage = openStage(t);
    const hub = await startHub(stage);
    const device = await joinDevice(stage, hub, { name: 'camera1' });
    const { token } = await hub.people.deviceTokens.create({});
    await refuses(runJoin(stage, device, token), 'Conflict', /camera1/);
    const empty = { name: 'nobody', state: await stage.makeFolder('nobody') };
    await refuses(runAgent(stage, empty), 'NotFound', /agent join/, 3);
  });
});

/** Ends, with an error that names a code and says what to do. */
async function refuses(program: Program, code: string, what: RegExp, status = 1): Promise<void> {
  const exit = await program.exited;
  const said = program.stderr.join('\n');
  assert.equal(exit.code, status, said);
  assert.match(said, new RegExp(`\\b${code}\\b`));
  assert.match(said, what);
}

describe('one data folder', () => {
  it('is one hub’s: a second is refused, also after the first was killed and started again', async (t) => {
    const stage = openStage(t);
    const hub = await startHub(stage);
    await refuses(runHub(stage, hub.data), 'FolderInUse', /hub/);
    await hub.kill();
    await hub.restart();
    await refuses(runHub(stage, hub.data), 'FolderInUse', /hub/);
  });

  it('of a newer version is refused, and left as it is', async (t) => {
    const stage = openStage(t);
    const hub = await startHub(stage);
    await hub.stop();
    const file = join(hub.data, 'hub.db');
    const database = new DatabaseSync(file);
    database.exec(
      `INSERT INTO kysely_migration (name, timestamp) VALUES ('9999-later', '2031-01-01T00:00:00.000Z')`,
    );
    database.close();
    const before = await readFile(file);
    await refuses(runHub(stage, hub.data), 'DataFromNewerVersion', /9999-later/);
    assert.deepEqual(await readFile(file), before);
  });

  it('on a full disk is refused, and works once there is space', {
    skip: noSmallDisk ?? false,
  }, async (t) => {
    const stage = openStage(t);
    await using disk = await mountSmallDisk(stage, 'small', 64 * 1024);
    await refuses(runHub(stage, disk.folder), 'DiskFull', /small/);
    await disk.resize(64 * 1024 * 1024);
    await using hub = await startHub(stage, { data: disk.folder });
    assert.ok((await readdir(disk.folder)).includes('hub.db'));
    await hub.stop();
  });
});

describe('a port in use', () => {
  for (const flag of ['--listen', '--devices-listen', '--mqtt-listen'])
    it(`is named with the flag ${flag} that gives another`, async (t) => {
      const stage = openStage(t);
      await using taken = await holdPort();
      const data = await stage.makeFolder('hub');
      const hub = runHub(stage, data, undefined, [flag, `127.0.0.1:${taken.port}`]);
      await refuses(hub, 'PortInUse', new RegExp(`${taken.port}.*${flag}|${flag}.*${taken.port}`, 's'));
    });
});
