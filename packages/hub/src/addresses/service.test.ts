import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ask, join } from '../testing/device.ts';
import { startTestHub, type TestHub } from '../testing/device-side.ts';
import { desiredFor } from '../twins/read-model.ts';
import { spreadAddresses } from './service.ts';

let hub: TestHub;
before(async () => {
  hub = await startTestHub();
});
after(() => hub.close());

test('devices are told where the hub is: one new version for a list that changed, none for the same', async () => {
  const { joined } = await join(hub.side.port, await hub.token());
  const desired = async () => {
    const found = await desiredFor(hub.context.db, joined.deviceId);
    return { version: found?.version, hub: JSON.parse(found!.body).hub };
  };
  const [first, second] = [['https://a:8443', 'mqtts://a:8883'], ['https://b:8443']];
  await spreadAddresses(hub.context, []);
  assert.deepEqual(await desired(), { version: 1, hub: undefined });
  for (const _start of [1, 2, 3]) await spreadAddresses(hub.context, first!);
  assert.deepEqual(await desired(), { version: 2, hub: { addresses: first } });
  const later = await join(hub.side.port, await hub.token());
  const body = (await desiredFor(hub.context.db, later.joined.deviceId))!.body;
  assert.deepEqual(JSON.parse(body).hub, { addresses: first }, 'who joins later knows it from the start');

  await spreadAddresses(hub.context, second!);
  assert.deepEqual(await desired(), { version: 3, hub: { addresses: second } });
  await hub.context.db.updateTable('hub_addresses').set({ spread: 0 }).execute();
  await spreadAddresses(hub.context, second!);
  assert.deepEqual(
    await desired(),
    { version: 3, hub: { addresses: second } },
    'killed before it was through',
  );
  await spreadAddresses(hub.context, []);
  assert.deepEqual(await desired(), { version: 4, hub: undefined });
});

test('a device is told at which port there is MQTT beside where it asks, if that is not advertised', async (t) => {
  const telling = await startTestHub({ mqttBeside: 8883 });
  t.after(() => telling.close());
  for (const [{ side, token }, said] of [
    [telling, 'mqtt=":8883"'],
    [hub, undefined],
  ] as const) {
    const device = await join(side.port, await token());
    const { headers } = await ask(side.port, 'GET', '/link/v1/desired', device);
    assert.equal(headers['alt-svc'], said);
  }
});
