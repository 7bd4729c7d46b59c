import assert from 'node:assert/strict';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import {
  eventOf,
  framesUrl,
  type MeterSite,
  openStage,
  postFrame,
  readMessages,
  startAgent,
  startMeterSite,
  until,
} from '@skerry/testkit';

test('a device that goes on from an old copy of its disk is found out, and neither hides what the other says', async (t) => {
  const { stage, site, copy } = await openWithCopy(t);
  assert.equal(await unique(site), undefined, 'the device itself was only restarted');
  await site.agent.stop();

  const twin = await startAgent(stage, copy);
  const { message } = await eventOf(site.hub.people, 'camera1', 'RestoredOrCloned');
  assert.match(message, /an old image was put back, or two devices share one disk/);
  await film(site, await framesUrl(twin, 'camera'), [1, 2, 2]);
  assert.equal((await unique(site))?.status, 'False');

  const { lifted } = await site.hub.people.devices.admit('camera1');
  assert.deepEqual(
    lifted.map(({ reason }) => reason),
    ['RestoredOrCloned'],
  );
  assert.equal(await unique(site), undefined);
});

test('two that share a disk and are both live take turns, and what both say comes in', async (t) => {
  const { stage, site, copy, frames } = await openWithCopy(t);
  const twin = await startAgent(stage, copy);
  await film(site, await framesUrl(twin, 'camera'), [1, 2, 2]);
  await film(site, frames, [1, 2, 2, 3]);
  const sessions = await sessionsOf(site);
  assert.ok(sessions <= 5, `${sessions} sessions, where a start, a restart, a clone and a turn make four`);
  assert.match((await unique(site))?.message ?? '', /two devices share one disk \(found 2 times\)/);
});

/** A device that has filmed twice, and a copy of its disk from in between. */
async function openWithCopy(t: TestContext) {
  const stage = openStage(t);
  const site = await startMeterSite(stage);
  await film(site, site.frames, [1]);
  await site.agent.stop();
  const copy = { name: site.agent.name, state: join(stage.folder, 'copy') };
  await cp(site.agent.state, copy.state, { recursive: true });
  site.agent.restart();
  const frames = await framesUrl(site.agent, 'camera');
  await film(site, frames, [1, 2]);
  return { stage, site, copy, frames };
}

/** How often the device has begun a session. */
async function sessionsOf({ hub }: MeterSite): Promise<number> {
  const events = await hub.people.events({ device: 'camera1', most: 500 });
  return events.filter(({ reason }) => reason === 'Connected').length;
}

const unique = async ({ hub }: MeterSite) =>
  (await hub.people.devices.get('camera1')).value.status.conditions.Unique;

/** Films the next frame, and waits until the hub holds results of these frames and no others. */
async function film({ hub }: MeterSite, frames: string, expected: readonly number[]): Promise<void> {
  assert.equal(await postFrame(frames, '/cameras/one', expected.at(-1)!), 200);
  const held = async () =>
    (await readMessages(hub.people, 'camera1', 'result')).map(({ event }) => event.id).sort();
  const ids = expected.map((frame) => `/cameras/one#${frame}`);
  await until(async () => (await held()).length >= ids.length, { what: `${ids} are in the hub` });
  assert.deepEqual(await held(), ids);
}
