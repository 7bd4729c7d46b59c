import assert from 'node:assert/strict';
import { test } from 'node:test';
import { flawless, flawsOf, openStage, settle, startFilming, startMeterSite, until } from '@skerry/testkit';

test('a site goes on while its agent is dead; the next agent adopts its runtime, and nothing is lost or comes twice', async (t) => {
  await using stage = openStage(t);
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
  const reasons = async () =>
    (await site.hub.people.events({ device: 'camera1', most: 100 })).map(({ reason }) => reason);
  await until(async () => (await reasons()).includes('RuntimeAdopted'), { what: 'the runtime is adopted' });
  assert.equal((await site.agent.runtime()).instanceId, before.instanceId);

  const verdict = await settle(camera, site);
  assert.ok(verdict.promised > safe + 100);
  assert.deepEqual(flawsOf(verdict), flawless);
});
