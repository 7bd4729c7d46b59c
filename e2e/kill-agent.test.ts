import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  eventOf,
  flawless,
  flawsOf,
  openStage,
  settle,
  startFilming,
  startMeterSite,
  until,
} from '@skerry/testkit';

test('a site goes on while its agent is dead; the next agent adopts its runtime, and nothing is lost or comes twice', async (t) => {
  const stage = openStage(t);
  const site = await startMeterSite(stage);
  const camera = await startFilming(stage, site);
  const before = await site.agent.runtime();

  await site.agent.kill();
  const safe = (await camera.promised()).length;
  await until(async () => (await camera.promised()).length > safe + 100, {
    what: 'frames are safe without an agent',
  });
  assert.equal(camera.program.stderr.length, 0, 'no frame was refused meanwhile');
  assert.equal((await site.agent.runtime()).instanceId, before.instanceId);

  site.agent.restart();
  await eventOf(site.hub.people, 'camera1', 'RuntimeAdopted');
  assert.equal((await site.agent.runtime()).instanceId, before.instanceId);

  const verdict = await settle(camera, site);
  assert.ok(verdict.promised > safe + 100);
  assert.deepEqual(flawsOf(verdict), flawless);
});
