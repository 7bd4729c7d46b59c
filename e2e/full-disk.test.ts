import assert from 'node:assert/strict';
import { appendFile, rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Camera,
  flawless,
  flawsOf,
  framesUrl,
  type MeterSite,
  type MeterSiteOptions,
  mountSmallDisk,
  mustRun,
  noSmallDisk,
  openStage,
  readMessages,
  type SmallDisk,
  settle,
  startFilming,
  startMeterSite,
  until,
} from '@skerry/testkit';

const mebibyte = 2 ** 20;

describe('a disk that fills up while frames come in', { skip: noSmallDisk ?? false }, () => {
  it('of the device: frames are refused until there is space, as the hub is told, and none that was promised is lost', async (t) => {
    await using filming = await filmOnSmallDisk(t);
    const { disk, site, camera } = filming;

    const ballast = await fill(disk);
    await nothingMoves(camera);
    await saysOfRecording(site, 'False OutboxFull');
    assert.match(await metricsOf(site), /^skerry_outbox_refusing 1$/m);
    await rm(ballast);
    await moves(camera);
    await saysOfRecording(site, 'True Recording');
    // An acknowledgement that could not be written down is asked for again after 15 s.
    assert.deepEqual(flawsOf(await settle(camera, site, 30_000)), flawless);
  });

  it('of the device, whose power is cut: its models serve again, and it records once there is space', async (t) => {
    await using filming = await filmOnSmallDisk(t);
    const { disk, site, camera } = filming;

    const ballast = await fill(disk);
    await nothingMoves(camera);
    process.kill((await site.agent.runtime()).pid, 'SIGKILL');
    await site.agent.kill();
    await appendFile(ballast, Buffer.alloc(mebibyte)).catch(() => {});
    site.agent.restart();
    assert.equal(await framesUrl(site.agent, 'camera'), site.frames);
    const ready = await fetch(new URL('/v2/models/digits/ready', site.frames));
    assert.equal(ready.status, 200);

    await rm(ballast);
    await moves(camera);
    assert.deepEqual(flawsOf(await settle(camera, site, 30_000)), flawless);
  });

  it('of the device, by its own outbox while the hub is away: it takes frames again once the hub has some', async (t) => {
    await using filming = await filmOnSmallDisk(t, { agentArgs: ['--outbox-quota', '2Mi'] });
    const { disk, site, camera } = filming;
    await site.hub.kill();

    await fill(disk, mebibyte / 4);
    const before = await safe(camera);
    await nothingMoves(camera);
    assert.ok((await safe(camera)) > before + 200, 'several segments lie there');
    await fill(disk, 0, 'more-ballast');
    await site.hub.restart();
    await moves(camera);
    assert.deepEqual(flawsOf(await settle(camera, site, 30_000)), flawless);
  });

  it('of the hub: it acknowledges nothing until there is space, the device keeps it all', async (t) => {
    const stage = openStage(t);
    await using disk = await mountSmallDisk(stage, 'hub', 32 * mebibyte);
    const site = await startMeterSite(stage, { hubArgs: ['--disk-reserve', '4Mi'] });
    const camera = await startFilming(stage, site);

    const ballast = await fill(disk, 3 * mebibyte);
    const { api, fingerprint, data } = site.hub;
    const tokenFile = join(data, 'admin-token');
    await mustRun(stage, ['login', api, '--fingerprint', fingerprint, '--token-file', tokenFile]);
    const held = async () => (await readMessages(site.hub.people, 'camera1', 'result')).length;
    await until(() => stands(held), { what: 'the hub takes no more', deadline: 20_000 });
    await moves(camera);
    assert.deepEqual(camera.program.stderr, [], 'the site did not notice');
    assert.match((await mustRun(stage, ['status'])).stdout, /^✗ Messages +none are taken.*--disk-reserve/m);
    assert.match(await (await fetch(`${api}/metrics`)).text(), /^skerry_hub_takes_messages 0$/m);

    const before = await held();
    await rm(ballast);
    await until(async () => (await held()) > before + 50, {
      what: 'the hub takes messages again',
      deadline: 20_000,
    });
    assert.doesNotMatch((await mustRun(stage, ['status'])).stdout, /✗/);
    assert.deepEqual(flawsOf(await settle(camera, site)), flawless);
  });
});

/** A device on a small disk, and a camera that films there. */
async function filmOnSmallDisk(t: TestContext, options: MeterSiteOptions = {}) {
  const stage = openStage(t);
  await using mounted = new AsyncDisposableStack();
  const disk = mounted.use(await mountSmallDisk(stage, 'camera1', 80 * mebibyte));
  const site = await startMeterSite(stage, options);
  const camera = await startFilming(stage, site);
  const kept = mounted.move();
  return { disk, site, camera, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

/** Takes all of a disk but so many bytes. */
async function fill({ folder }: SmallDisk, left = 0, name = 'ballast'): Promise<string> {
  const path = join(folder, name);
  const { bavail, bsize } = await statfs(folder);
  // Others write meanwhile: the end of it may not fit.
  await writeFile(path, Buffer.alloc(bavail * bsize - left)).catch(() => {});
  return path;
}

/** Whether a count has not risen for a second. */
async function stands(count: () => Promise<number>): Promise<boolean> {
  const before = await count();
  await sleep(1_000);
  return (await count()) === before;
}

/** Frames of which the camera was told that they are safe. */
const safe = async (camera: Camera) => (await camera.promised()).length;

const nothingMoves = (camera: Camera) =>
  until(() => stands(() => safe(camera)), { what: 'no more frames are safe', deadline: 30_000 });

async function metricsOf({ hub }: MeterSite): Promise<string> {
  const { serving } = (await hub.people.devices.get('camera1')).value.status.reported;
  return (await fetch(new URL('/metrics', serving?.metrics))).text();
}

const saysOfRecording = (site: MeterSite, expected: string) =>
  until(
    async () => {
      const { conditions } = (await site.hub.people.devices.get('camera1')).value.status;
      return `${conditions.Recording?.status} ${conditions.Recording?.reason}` === expected;
    },
    { what: `the hub knows of its Recording: ${expected}`, deadline: 20_000 },
  );

async function moves(camera: Camera): Promise<void> {
  const before = await safe(camera);
  await until(async () => (await safe(camera)) > before + 50, {
    what: 'frames are safe again',
    deadline: 20_000,
  });
}
