import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '@skerry/testkit';
import { servePostgres } from '../db/postgres-wire-suite.ts';
import { ask, join } from '../testing/device.ts';
import { startTestHub } from '../testing/device-side.ts';
import { connectMqtt } from '../testing/mqtt.ts';

test('of two hubs on one database each cuts off whom the other revokes', async (t) => {
  const postgres = await servePostgres();
  const first = await startTestHub({}, { database: postgres.url });
  const second = await startTestHub({}, { database: postgres.url, keysOf: first.data });
  t.after(async () => {
    for (const part of [second, first, postgres]) await part.close();
  });
  const wss = `wss://127.0.0.1:${second.side.port}/mqtt`;
  const device = await join(first.side.port, await first.token({ deviceName: 'lost' }));
  const other = await join(first.side.port, await first.token());
  const live = await connectMqtt(wss, device, device.joined.deviceId);
  const kept = await connectMqtt(wss, other, other.joined.deviceId);

  const url = '/api/v1/projects/default/devices/lost/revoke';
  const headers = { authorization: `Bearer ${first.adminToken}` };
  assert.equal((await first.api.inject({ method: 'POST', url, headers })).statusCode, 204);
  let isCutOff = false;
  void live.ended.then(() => {
    isCutOff = true;
  });
  await until(() => isCutOff, { what: 'the other hub has cut it off' });
  assert.ok(kept.client.connected);
  for (const { side } of [first, second])
    assert.equal((await ask(side.port, 'GET', '/link/v1/desired', device)).status, 401);
  await kept.close();
});
