import assert from 'node:assert/strict';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  digitsFolder,
  framesUrl,
  joinDevice,
  meterDeployment,
  openStage,
  postFrame,
  pushModel,
  readMessages,
  readNotices,
  rerouteDevice,
  startAgent,
  startHub,
  startRelay,
  until,
} from '@skerry/testkit';

const QUOTA = 2 * 2 ** 20;
const camera = `/cameras/${'c'.repeat(100)}`;
const AT_ONCE = 64;
/** More than the segment that the agent has open, which it can send though it was given up. */
const ENOUGH = 500;

test('a device without room and without its hub goes on, and tells in numbers what it gave up', async (t) => {
  const stage = openStage(t);
  const hub = await startHub(stage);
  await using relay = await startRelay(hub.devicesPort);
  await pushModel(hub.people, { name: 'digits', folder: digitsFolder });
  await hub.people.deployments.put(meterDeployment('digits:1'));
  const device = await joinDevice(stage, hub, { name: 'camera1', labels: { role: 'meter' } });
  await rerouteDevice(device.state, relay.port);
  const agent = await startAgent(stage, device, ['--outbox-quota', String(QUOTA)]);
  const frames = await framesUrl(agent, 'camera');
  assert.equal(await postFrame(frames, camera, 1), 200);
  const held = async () => (await readMessages(hub.people, 'camera1', 'result')).map(({ event }) => event.id);
  await until(async () => (await held()).length === 1, { what: 'the first frame is in the hub' });

  relay.cut();
  let frame = 1;
  let most = 0;
  const isGivingUp = async () => (await agent.runtime()).outbox.drops.some(({ count }) => count > ENOUGH);
  while (!(await isGivingUp())) {
    const burst = Array.from({ length: AT_ONCE * 4 }, () => ++frame);
    for (let from = 0; from < burst.length; from += AT_ONCE) {
      const answers = await Promise.all(
        burst.slice(from, from + AT_ONCE).map((number) => postFrame(frames, camera, number)),
      );
      assert.deepEqual(new Set(answers), new Set([200]), 'every frame is safe');
    }
    most = Math.max(most, await bytesIn(join(device.state, 'outbox')));
    assert.ok(frame < 20_000, 'its room is used up at last');
  }
  assert.ok(most > QUOTA / 2 && most <= QUOTA, `${most} bytes waited at most`);
  const { metrics, outbox } = await agent.runtime();
  const text = await (await fetch(`${metrics}/metrics`)).text();
  const counted = `skerry_outbox_dropped_total{stream="result",reason="quota"} ${outbox.drops[0]?.count}`;
  assert.ok(text.split('\n').includes(counted), counted);

  relay.mend();
  const told = async () => {
    const notices = await readNotices(hub.people, 'camera1', 'result');
    const gone = notices.reduce((sum, { first, last }) => sum + last - first + 1, 0);
    return { gone, reasons: new Set(notices.map(({ why }) => why)), ids: await held() };
  };
  const all = await until(
    async () => {
      const now = await told();
      return now.gone + now.ids.length >= frame && now;
    },
    { what: 'every frame is in the hub or given up', deadline: 30_000 },
  );
  assert.equal(all.gone + all.ids.length, frame, 'each number is told once');
  assert.deepEqual(all.reasons, new Set(['quota']));
  assert.ok(all.gone > 100 && new Set(all.ids).size === all.ids.length);
  assert.ok(all.ids.includes(`${camera}#${frame}`), 'the newest are kept');
});

async function bytesIn(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const sizes = entries
    .filter((entry) => entry.isFile())
    .map((entry) =>
      stat(join(entry.parentPath, entry.name)).then(
        ({ size }) => size,
        () => 0,
      ),
    );
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}
