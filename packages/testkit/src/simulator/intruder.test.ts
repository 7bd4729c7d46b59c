import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openFleet } from './fleet.ts';
import { intrude } from './intruder.ts';
import { looksAtNoDate } from './planted-hub.ts';
import { CERTIFICATE_LIFE_MS, type HubReplacements } from './sim-hub.ts';

const MINUTE = 60_000;

/** What a hub with this clock takes of what is not the intruder's own. */
async function acceptedBy(hubSkew: number, replace: HubReplacements = {}): Promise<string[]> {
  const fleet = await openFleet({ seed: 1, devices: 1, replace: { hub: replace } });
  const accepted: string[] = [];
  fleet.hubSkew = hubSkew;
  intrude(fleet.net, fleet.machine, fleet.devices[0]!, (what) => accepted.push(what));
  await fleet.world.run(fleet.world.elapsed + MINUTE);
  fleet.close();
  return accepted;
}

test('a certificate whose time is over is tried, and a hub that looks at no date found out', async () => {
  const after = CERTIFICATE_LIFE_MS + MINUTE;
  assert.deepEqual(await acceptedBy(after), []);
  assert.deepEqual(await acceptedBy(after, { admit: looksAtNoDate }), [
    'the hub let in an expired certificate',
  ]);
});

test('one whose time is not over is nobody’s but the device’s own', async () => {
  assert.deepEqual(await acceptedBy(0, { admit: looksAtNoDate }), []);
});
