import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { test } from 'node:test';
import {
  digitsFolder,
  type Hub,
  joinBareDevices,
  joinDevice,
  meterDeployment,
  openStage,
  pushModel,
  startAgent,
  startHub,
  until,
} from '@skerry/testkit';

const repository = '/v2/default/models/large';
/** As many as the hub serves at a time. */
const CROWD = 16;
/** So much for each of them that those behind are told to come back later. */
const LARGE = 72 * 2 ** 20;

test('a device that wants a model while others are served first comes back for it at its turn, and has failed at nothing', async (t) => {
  const stage = openStage(t);
  const hub = await startHub(stage);
  await pushModel(hub.people, { name: 'digits', folder: digitsFolder });
  const large = await pushLarge(hub);
  const camera = await joinDevice(stage, hub, { name: 'camera1', labels: { role: 'meter' } });
  await startAgent(stage, camera);
  const status = async () => (await hub.people.devices.get('camera1')).value.status;
  await until(async () => (await status()).connected, { what: 'the device is connected', deadline: 20_000 });

  const others = await joinBareDevices(hub, CROWD);
  const pulls = await Promise.all(others.map((device) => pullSlowly(hub, device, large)));
  await hub.people.deployments.put(meterDeployment('digits:1'));
  const wasPostponed = async () =>
    /^skerry_hub_fetches_postponed_total\{of="blobs"\} [1-9]/m.test(
      await (await fetch(`${hub.api}/metrics`)).text(),
    );
  await until(wasPostponed, { what: 'the device was told to come back', deadline: 20_000 });
  for (const pull of pulls) pull.destroy();

  const serving = async () => (await status()).reported.models?.digits?.serving?.version === '1';
  await until(serving, { what: 'the device serves the model', deadline: 60_000 });
  const events = await hub.people.events({ device: 'camera1', most: 1000 });
  assert.ok(events.some(({ reason }) => reason === 'Pulled'));
  assert.deepEqual(
    events.filter(({ severity }) => severity === 'Warning'),
    [],
  );
});

async function pushLarge({ api, adminToken }: Hub): Promise<string> {
  const blob = Buffer.alloc(LARGE, randomBytes(2 ** 20));
  const digest = `sha256:${createHash('sha256').update(blob).digest('hex')}`;
  const answer = await fetch(`${api}${repository}/blobs/uploads/?digest=${digest}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/octet-stream' },
    body: blob,
  });
  assert.equal(answer.status, 201);
  return digest;
}

/** Reads for minutes, and yet fast enough to be none whose own line is slow. */
async function pullSlowly(hub: Hub, device: object, digest: string): Promise<IncomingMessage> {
  const to = { host: '127.0.0.1', port: hub.devicesPort, rejectUnauthorized: false, agent: false } as const;
  const asked = request({ ...to, ...device, path: `${repository}/blobs/${digest}` }).end();
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  assert.equal(answer.statusCode, 200);
  answer.on('error', () => {});
  answer.on('data', () => {
    answer.pause();
    setTimeout(() => answer.resume(), 40);
  });
  return answer;
}
