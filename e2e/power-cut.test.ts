import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  flawless,
  flawsOf,
  framesUrl,
  openStage,
  settle,
  startFilming,
  startMeterSite,
  until,
} from '@skerry/testkit';

test('when hub, agent and runtime are killed at once and start again, nothing is lost or comes twice', async (t) => {
  const stage = openStage(t);
  const site = await startMeterSite(stage);
  const camera = await startFilming(stage, site);

  for (const round of [1, 2]) {
    const { pid } = await site.agent.runtime();
    process.kill(pid, 'SIGKILL');
    await Promise.all([site.agent.kill(), site.hub.kill()]);
    // The agent is back before its hub, as after a power cut.
    site.agent.restart();
    assert.equal(await framesUrl(site.agent, 'camera'), site.frames);
    await site.hub.restart();
    const safe = (await camera.promised()).length;
    await until(async () => (await camera.promised()).length > safe + 50, {
      what: `frames are safe again, round ${round}`,
    });
  }

  assert.deepEqual(flawsOf(await settle(camera, site)), flawless);
});
