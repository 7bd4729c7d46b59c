import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Http, type HttpResponse, silentLogger } from '@skerry/kit';
import { manualClock, memoryDisk, seededRandom } from '@skerry/kit/testing';
import type { DeviceIdentity } from './identity/identity.ts';
import { readIdentity, writeIdentity, writeKey } from './identity/kept-identity.ts';
import { openSelf } from './self.ts';
import { testAuthority } from './testing/authority.ts';
import { memoryState } from './testing/memory-state.ts';

const ids = {
  hubId: '01900000-0000-7000-8000-000000000001',
  projectId: '01900000-0000-7000-8000-000000000002',
  deviceId: '01900000-0000-7000-8000-000000000003',
};

test('a hub that says where else it takes MQTT is looked for there from then on, after a restart as well', async () => {
  const authority = await testAuthority();
  const disk = memoryDisk();
  const { chain, key } = await authority.issue({ identity: { kind: 'device', ...ids } });
  const named = { project: 'default', name: 'a', addresses: ['https://hub:8443'] };
  const identity: DeviceIdentity = { ...ids, ...named, key, chain, certifiedAt: 0, root: authority.root };
  await writeKey(disk, '/state', key);
  await writeIdentity(disk, '/state', identity);
  const headers = { 'alt-svc': 'mqtt=":8883"' };
  const http: Http = {
    request: async () => ({ status: 200, headers }) as unknown as HttpResponse,
    close() {},
  };
  const ports = { clock: manualClock(), random: seededRandom(1), http, disk };
  const self = openSelf({ ports, logger: silentLogger, identity, folder: '/state', state: memoryState() });
  await self.hub.request('/link/v1/desired', { method: 'GET', deadlineMs: 1_000 });
  await self.reached('https://hub:8443');
  const told = ['https://hub:8443', 'mqtts://hub:8883'];
  assert.deepEqual(self.identity.addresses, told);
  assert.deepEqual((await readIdentity(disk, '/state'))?.addresses, told);
});
