import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, it } from 'node:test';
import {
  holdPort,
  mountSmallDisk,
  noSmallDisk,
  openStage,
  type Program,
  runHub,
  startHub,
} from '@skerry/testkit';

/** Ends, with an error that names a code and says what to do. */
async function refuses(program: Program, code: string, what: RegExp): Promise<void> {
  const exit = await program.exited;
  const said = program.stderr.join('\n');
  assert.equal(exit.code, 1, said);
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
