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

async function open() {
  const authority = await testAuthority();
  const disk = memoryDisk();
  const { chain, key } = await authority.issue({ identity: { kind: 'device', ...ids } });
  const named = { project: 'default', name: 'a', addresses: ['https://hub:8443'] };
  const identity: DeviceIdentity = { ...ids, ...named, key, chain, certifiedAt: 0, root: authority.root };
  await writeKey(disk, '/state', key);
  await writeIdentity(disk, '/state', identity);
  const clock = manualClock();
  const headers: Record<string, string> = {};
  const http: Http = {
    request: async () => ({ status: 200, headers }) as unknown as HttpResponse,
    close() {},
  };
  const ports = { clock, random: seededRandom(1), http, disk };
  const self = openSelf({ ports, logger: silentLogger, identity, folder: '/state', state: memoryState() });
  return { authority, disk, clock, headers, self, written: () => readIdentity(disk, '/state') };
}

test('a hub that says where else it takes MQTT is looked for there from then on, after a restart as well', async () => {
  const { headers, self, written } = await open();
  headers['alt-svc'] = 'mqtt=":8883"';
  await self.hub.request('/link/v1/desired', { method: 'GET', deadlineMs: 1_000 });
  await self.reached('https://hub:8443');
  const told = ['https://hub:8443', 'mqtts://hub:8883'];
  assert.deepEqual(self.identity.addresses, told);
  assert.deepEqual((await written())?.addresses, told);
  await self.stop();
});

test('what a full disk refuses counts, and is written once there is room: where the hub is, its root, the certificate', async () => {
  const { authority, disk, clock, self, written } = await open();
  const write = disk.writeAtomic;
  disk.writeAtomic = () => Promise.reject(new Error('the disk is full'));
  const next = await testAuthority();
  const renewed = await authority.issue({ identity: { kind: 'device', ...ids } });
  await self.moved(['https://new:8443']);
  await self.rooted([next.root]);
  await self.certified(renewed.chain);
  await assert.rejects(self.kept(), /full/);
  const { addresses, root, chain } = self.identity;
  assert.deepEqual(
    { addresses, root, chain },
    { addresses: ['https://new:8443', 'https://hub:8443'], root: next.root, chain: renewed.chain },
  );
  await clock.advance(60_000);
  assert.deepEqual((await written())?.addresses, ['https://hub:8443'], 'the disk is full');
  disk.writeAtomic = write;
  await clock.advance(60_000);
  const kept = await written();
  assert.deepEqual(kept?.addresses, addresses);
  assert.deepEqual([kept?.root, kept?.formerRoots], [next.root, [authority.root]]);
  assert.deepEqual(kept?.chain.map(trimmed), chain.map(trimmed));
  await self.stop();
});

const trimmed = (text: string) => text.trim();
