import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { after, before, test } from 'node:test';
import { digestOf } from '@skerry/contracts';
import { Registry } from 'prom-client';
import { ask, join, type TestDevice } from '../testing/device.ts';
import { startTestHub, type TestHub } from '../testing/device-side.ts';

/** So large that sixteen of them are more than those at the door may wait for, as fast as the hub believes to be. */
const large = Buffer.alloc(80 * 2 ** 20, randomBytes(2 ** 20));
const small = randomBytes(2 ** 20);
const repository = '/v2/default/models/digits';

let hub: TestHub;
let metrics: Registry;
before(async () => {
  hub = await startTestHub();
  metrics = new Registry();
  for (const metric of hub.side.metrics) metrics.registerMetric(metric);
  const headers = { authorization: `Bearer ${hub.adminToken}`, 'content-type': 'application/octet-stream' };
  for (const blob of [large, small]) {
    const url = `${repository}/blobs/uploads/`;
    const { location } = (await hub.api.inject({ method: 'POST', url, headers })).headers;
    const put = { url: `${location}?digest=${digestOf(blob)}`, headers, payload: blob } as const;
    assert.equal((await hub.api.inject({ method: 'PUT', ...put })).statusCode, 201);
  }
});
after(() => hub.close());

const joinSome = async (count: number): Promise<TestDevice[]> => {
  const token = await hub.token({ uses: count });
  return Promise.all(Array.from({ length: count }, () => join(hub.side.port, token)));
};
const pull = (device: TestDevice, blob: Uint8Array, headers: Record<string, string> = {}) =>
  ask(hub.side.port, 'GET', `${repository}/blobs/${digestOf(blob)}`, { ...device, headers });
const desired = (device: TestDevice) => ask(hub.side.port, 'GET', '/link/v1/desired', device);
/** The figure of one line of /metrics. */
const figure = async (line: string) =>
  Number(
    (await metrics.metrics())
      .split('\n')
      .find((it) => it.startsWith(line))
      ?.split(' ')[1],
  );

/** Begins to pull, and reads for minutes, yet fast enough to be none whose own line is slow. */
function begin({ key, cert }: TestDevice, blob: Uint8Array): Promise<IncomingMessage> {
  const to = { host: '127.0.0.1', port: hub.side.port, agent: false, rejectUnauthorized: false } as const;
  const path = `${repository}/blobs/${digestOf(blob)}`;
  return new Promise((resolve, reject) => {
    const asked = request({ ...to, key, cert, path }, (answer) => {
      answer.on('error', () => {});
      answer.on('data', () => {
        answer.pause();
        setTimeout(() => answer.resume(), 40);
      });
      resolve(answer);
    });
    asked.on('error', reject).end();
  });
}

test('two dozen devices that want the same at once are all served, no more than sixteen at a time', async () => {
  const devices = await joinSome(24);
  let most = 0;
  let pulling = true;
  const watching = (async () => {
    while (pulling) {
      most = Math.max(most, await figure('skerry_hub_fetches{of="blobs",state="served"}'));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  })();
  const answers = await Promise.all(devices.flatMap((device) => [desired(device), pull(device, small)]));
  pulling = false;
  await watching;
  for (const [i, { status, body }] of answers.entries()) {
    assert.equal(status, 200);
    if (i % 2 === 1) assert.ok(body.equals(small));
  }
  assert.ok(most > 1 && most <= 16, `${most} at a time`);
  for (const what of ['documents', 'blobs'])
    for (const state of ['beside', 'held'])
      assert.equal(await figure(`skerry_hub_fetches{of="${what}",state="${state}"}`), 0);
});

test('whose turn is later is told when, and meanwhile documents and people have what they ask for', async () => {
  const devices = await joinSome(18);
  const [late, last, ...first] = devices as [TestDevice, TestDevice, ...TestDevice[]];
  const begun = await Promise.all(first.map((device) => begin(device, large)));
  assert.deepEqual(new Set(begun.map(({ statusCode }) => statusCode)), new Set([200]));

  const refused = await pull(late, large);
  assert.equal(refused.status, 503);
  assert.match(String(refused.headers['content-type']), /^application\/problem\+json/);
  assert.match(refused.json().type, /Unavailable$/);
  assert.match(refused.json().next, /Retry-After/);
  const seconds = (answer: typeof refused) => Number(answer.headers['retry-after']);
  assert.ok(Number.isInteger(seconds(refused)) && seconds(refused) >= 6, `${seconds(refused)} s`);
  assert.equal(await figure('skerry_hub_fetches_postponed_total{of="blobs"}'), 1);

  const behind = await pull(last, large, { range: `bytes=${2 ** 20}-` });
  assert.equal(behind.status, 503);
  assert.ok(seconds(behind) >= seconds(refused), 'behind the one before');
  assert.equal((await desired(late)).status, 200);
  const headers = { authorization: `Bearer ${hub.adminToken}` };
  const url = `${repository}/blobs/${digestOf(small)}`;
  assert.equal((await hub.api.inject({ url, headers })).statusCode, 200);

  for (const response of begun.slice(1)) response.destroy();
  const rest = await pull(late, large, { range: `bytes=${large.length - 1000}-` });
  assert.equal(rest.status, 206);
  assert.ok(rest.body.equals(large.subarray(-1000)));
  begun[0]!.destroy();
});
