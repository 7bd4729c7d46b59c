import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { join } from 'node:path';
import { test } from 'node:test';
import type { RuntimeStatus } from '@skerry/contracts';
import {
  type Agent,
  digitsFolder,
  flawless,
  flawsOf,
  type Hub,
  joinDevice,
  judge,
  meterDeployment,
  mustRun,
  openStage,
  projectFolder,
  pushModel,
  readMessages,
  readNotices,
  runCli,
  type Stage,
  startAgent,
  startHub,
  until,
} from '@skerry/testkit';

test('a site goes on without its hub through power cuts and crashes, lets in whom it knows, and catches up', async (t) => {
  const stage = openStage(t);
  const { hub, agent } = await startSite(stage);
  const till = await makeKey(stage, agent, 'till');
  const leaver = await makeKey(stage, agent, 'leaver');
  const client = openClient(agent);
  await until(async () => (await client.ask(till)) === 200, { what: 'a key is known', deadline: 30_000 });
  await until(async () => (await client.post(till)) === 200, { what: 'a frame is safe' });
  assert.equal(await client.ask(undefined), 401);

  await hub.kill();
  await client.film(till);

  await cutPower(agent);
  agent.restart();
  await until(async () => (await client.ask(till)) === 200, {
    what: 'its models are back from disk',
    deadline: 20_000,
  });
  await until(async () => (await client.post(till)) === 200, { what: 'its pipeline is back' });
  await client.film(till);

  const crashed = await agent.runtime();
  process.kill(crashed.pid, 'SIGKILL');
  await until(async () => serves(await agent.runtime()) && (await agent.runtime()).pid !== crashed.pid, {
    what: 'another runtime serves',
  });
  await client.film(till);

  assert.equal(await client.ask(leaver), 200);
  await mustRun(stage, ['key', 'rm', 'leaver', '--file', join(agent.state, 'serving/keys.yaml')]);
  await until(async () => (await client.ask(leaver)) === 401, { what: 'a revoked key is refused' });
  assert.equal(await client.ask(till), 200);
  await looksWell(stage, agent);

  await hub.restart();
  const verdict = await settle(hub, agent, client.promised);
  assert.ok(verdict.promised > 75);
  assert.deepEqual(flawsOf(verdict), flawless);
});

async function startSite(stage: Stage): Promise<{ hub: Hub; agent: Agent }> {
  const hub = await startHub(stage);
  await pushModel(hub.people, { name: 'digits', folder: digitsFolder });
  await hub.people.deployments.put(meterDeployment('digits:1'));
  const device = await joinDevice(stage, hub, { name: 'camera1', labels: { role: 'meter' } });
  // Beyond loopback, so that it asks for keys.
  const agent = await startAgent(stage, device, ['--serving-host', '0.0.0.0']);
  await until(async () => serves(await agent.runtime()), { what: 'the site serves', deadline: 30_000 });
  return { hub, agent };
}

const serves = ({ pipelines }: RuntimeStatus) => pipelines.some(({ phase }) => phase === 'Serving');

async function makeKey(stage: Stage, { state }: Agent, name: string): Promise<string> {
  const may = ['--models', 'digits', '--pipelines', 'camera'];
  const file = join(state, 'serving/keys.yaml');
  return (await mustRun(stage, ['key', 'new', name, ...may, '--file', file, '--json'])).json<{
    key: string;
  }>().key;
}

/** `kill -9` of all that runs at the site. */
async function cutPower(agent: Agent): Promise<void> {
  const { pid } = await agent.runtime();
  await agent.kill();
  process.kill(pid, 'SIGKILL');
}

/** What a person at the site can find out. */
async function looksWell(stage: Stage, { state }: Agent): Promise<void> {
  const of = ['--state', state];
  const { stdout: status } = await mustRun(stage, ['agent', 'status', ...of]);
  assert.match(status, /^Connected +no/m);
  assert.match(status, /^model +digits:1 +Serving/m);
  assert.match(status, /^stream +runtime\/result +\d+ delivered, [1-9]\d* waiting/m);
  const { stdout: logs } = await mustRun(stage, ['agent', 'logs', '--part', 'agent', ...of]);
  assert.match(logs, /the runtime ended/);
  const check = await runCli(stage, ['agent', 'check', '--json', ...of]);
  const { findings } = check.json<{ findings: { check: string; status: string }[] }>();
  const failed = findings.filter(({ status }) => status === 'fail').map(({ check }) => check);
  assert.deepEqual([...new Set(failed)], ['link'], 'only the hub is missing');
}

/** A program at the site that has a key, and keeps a ledger of the frames that it was told are safe. */
function openClient(agent: Agent) {
  const promised: string[] = [];
  const send = async (path: string, key: string | undefined, headers: object, body: Uint8Array) => {
    const { rest } = await agent.runtime();
    const ca = await readFile(join(agent.state, 'serving/ca.crt'));
    const authorization = key === undefined ? {} : { authorization: `Bearer ${key}` };
    const asked = request(`https://127.0.0.1:${new URL(rest!).port}${path}`, {
      ...{ method: 'POST', ca, agent: false, headers: { ...authorization, ...headers } },
      signal: AbortSignal.timeout(5_000),
    }).end(body);
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    answer.resume();
    return answer.statusCode;
  };
  const seven = readFile(join(projectFolder, 'examples/meter-reading/seven.json'));
  let frame = 0;
  const post = async (key: string) => {
    const id = String(++frame);
    const event = { 'ce-specversion': '1.0', 'ce-id': id, 'ce-source': '/cameras/front', 'ce-type': 'frame' };
    const headers = { ...event, 'content-type': 'application/octet-stream' };
    const status = await send('/pipelines/camera/frames', key, headers, new Uint8Array(64));
    if (status === 200) promised.push(`/cameras/front#${id}`);
    return status;
  };
  return {
    promised,
    ask: async (key: string | undefined) => send('/v2/models/digits/infer', key, {}, await seven),
    post,
    async film(key: string) {
      for (let count = 0; count < 25; count++) assert.equal(await post(key), 200);
    },
  };
}

async function settle({ people }: Hub, { name }: Agent, promised: readonly string[]) {
  const look = async () => {
    const held = await readMessages(people, name, 'result');
    return judge({ promised, held, notices: await readNotices(people, name) }, ({ id }) => id);
  };
  await until(async () => (await look()).lost.length === 0, {
    what: 'the hub holds what it missed',
    // Between two tries of a device whose hub was away for long lies a minute at most.
    deadline: 90_000,
    every: 200,
  });
  return look();
}
