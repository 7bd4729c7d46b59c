import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  flawless,
  flawsOf,
  openStage,
  readMessages,
  settle,
  startFilming,
  startMeterSite,
  until,
} from '@skerry/testkit';

test('devices come back to a hub that was killed by themselves, and nothing is lost or comes twice', async (t) => {
  const stage = openStage(t);
  const site = await startMeterSite(stage);
  const camera = await startFilming(stage, site);
  const { people } = site.hub;

  for (const round of [1, 2]) {
    await site.hub.kill();
    const safe = (await camera.promised()).length;
    await until(async () => (await camera.promised()).length > safe + 50, {
      what: `frames are safe without a hub, round ${round}`,
    });
    await site.hub.restart();
    const delivered = (await readMessages(people, 'camera1', 'result')).length;
    await until(async () => (await readMessages(people, 'camera1', 'result')).length > delivered, {
      what: `the device delivers again, round ${round}`,
      deadline: 20_000,
    });
  }

  assert.equal(camera.program.stderr.length, 0, 'no frame was refused meanwhile');
  const verdict = await settle(camera, site);
  assert.deepEqual(flawsOf(verdict), flawless);
});
