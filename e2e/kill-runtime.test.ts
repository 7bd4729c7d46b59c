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

test('a runtime that is killed under load serves again, and nothing is lost or comes twice', async (t) => {
  const stage = openStage(t);
  const site = await startMeterSite(stage);
  const camera = await startFilming(stage, site);
  const before = await site.agent.runtime();

  process.kill(before.pid, 'SIGKILL');
  const after = await until(
    async () => {
      const status = await site.agent.runtime();
      const serves = status.pipelines.some(({ name, phase }) => name === 'camera' && phase === 'Serving');
      return status.instanceId !== before.instanceId && serves && status;
    },
    { what: 'another runtime serves the pipeline', deadline: 60_000 },
  );
  assert.equal(after.rest, before.rest, 'clients find it where it was');

  const safe = (await camera.promised()).length;
  await until(async () => (await camera.promised()).length > safe + 50, { what: 'frames are safe again' });
  const verdict = await settle(camera, site);
  assert.deepEqual(flawsOf(verdict), flawless);

  assert.match((await eventOf(site.hub.people, 'camera1', 'RuntimeEnded')).message, /SIGKILL/);
});
