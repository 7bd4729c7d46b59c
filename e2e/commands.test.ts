import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InboxMessage, LogLine } from '@skerry/contracts';
import {
  type Agent,
  type Hub,
  type JoinedDevice,
  joinDevice,
  mustRun,
  noMovedClock,
  openMovedClock,
  openStage,
  processesOf,
  runCli,
  type Stage,
  startAgent,
  startHub,
  until,
  within,
} from '@skerry/testkit';

const YEAR_MS = 365 * 86_400_000;

test('a device is asked over the link, once, whenever it is there', async (t) => {
  const stage = openStage(t);
  const hub = await startHub(stage);
  const skerry = await loggedIn(stage, hub);
  const device = await joinDevice(stage, hub, { name: 'till' });
  const agent = await startAgent(stage, device);
  await isConnected(hub, true);
  const isReady = () => agent.program.stderr.some((line) => line.includes('"msg":"ready"'));
  await until(isReady, { what: 'the agent is ready', deadline: 30_000 });

  await t.test('its logs are read, page by page, and followed', async () => {
    const lines = parsed<LogLine>(await skerry('device', 'logs', 'till', '--since', '1h', '--json'));
    assert.ok(lines.some(({ name, msg }) => name === 'agent' && msg === 'ready'));
    assert.ok(lines.some(({ name }) => name === 'runtime'));
    assert.deepEqual(
      lines.map(({ time }) => time),
      lines.map(({ time }) => time).toSorted((a, b) => a - b),
    );
    const last = parsed<LogLine>(
      await skerry('device', 'logs', 'till', '--tail', '1', '--part', 'agent', '--json'),
    );
    assert.deepEqual(
      last.map(({ name }) => name),
      ['agent'],
    );

    const following = stage.start(
      skerryProgram('device', 'logs', 'till', '-f', '--part', 'runtime', '--json'),
    );
    const starts = () =>
      parsed<LogLine>(following.stdout.join('\n')).filter(({ msg }) => msg === 'ready').length;
    await until(() => starts() === 1, { what: 'the runtime’s start is shown' });
    await skerry('device', 'command', 'till', 'restart-runtime', '--wait');
    await until(() => starts() === 2, { what: 'the runtime’s next start is shown', deadline: 20_000 });
    following.signal('SIGINT');
    assert.equal((await following.exited).code, 0);
    assert.deepEqual(following.stderr, []);
  });

  await t.test('it checks itself', async () => {
    const text = await skerry('device', 'command', 'till', 'check', '--wait', '--json');
    const { result } = JSON.parse(text);
    assert.equal(result.ok, true, text);
    assert.ok(result.findings.some(({ check }: { check: string }) => check === 'engine'));
  });

  await t.test(
    'an agent that is killed at it says afterwards that it does not know, and does it no more',
    async () => {
      const { id } = await hub.people.devices.ask('till', { kind: 'check' });
      await until(() => tries(device) > 0, { what: 'the check has begun' });
      await agent.kill();
      await until(() => tries(device) === 0, { what: 'the trial of the engine has ended' });
      agent.restart();
      const command = await settled(hub, id);
      assert.deepEqual([command.state, command.reason], ['unknown', 'CommandUnknown']);
      assert.equal(tries(device), 0);
      const refused = await runCli(stage, ['device', 'commands', 'till', '--id', id, '--json']);
      assert.equal(refused.json<{ state: string }>().state, 'unknown');
    },
  );

  await t.test(
    'messages for a device that is away outlive the hub, and arrive once and in order',
    async () => {
      await skerry('device', 'send', 'till', '{"price":1}', '--wait');
      await agent.stop();
      await isConnected(hub, false);
      for (const price of [2, 3]) await sent(price);
      const away = await runCli(stage, ['device', 'logs', 'till', '--ttl', '1s']);
      assert.equal(away.code, 6);
      assert.match(away.stderr, /till is offline \(last heard of \d+s ago\)/);
      await hub.kill();
      await hub.restart();
      agent.restart();
      await until(async () => (await inbox(device)).length === 3, { what: 'all messages are there' });
      await agent.kill();
      agent.restart();
      await isConnected(hub, true);
      assert.equal((await settled(hub, (await sent(4)).id)).state, 'done');
      const messages = await inbox(device);
      assert.deepEqual(
        messages.map(({ number, body }) => [number, body]),
        [1, 2, 3, 4].map((price) => [price, { price }]),
      );
      const events = await hub.people.events({ device: 'till', most: 100 });
      const done = events.filter(
        ({ reason, message }) => reason === 'CommandDone' && message.startsWith('message,'),
      );
      assert.equal(done.length, 4);
      assert.ok(events.every(({ message }) => !message.includes('price')));
    },
  );

  function sent(price: number) {
    return hub.people.devices.ask('till', { kind: 'message', args: { body: { price } }, ttlSeconds: 3600 });
  }

  async function inbox({ state }: JoinedDevice): Promise<InboxMessage[]> {
    const { code, stdout } = await runCli(stage, ['agent', 'messages', '--state', state, '--json']);
    return code === 0 ? parsed<InboxMessage>(stdout) : [];
  }

  async function isConnected(of: Hub, connected: boolean): Promise<void> {
    const look = async () => (await of.people.devices.get('till')).value.status.connected === connected;
    await until(look, { what: connected ? 'it is connected' : 'it is gone', deadline: 30_000 });
  }
});

test('time that is left counts, whatever the device’s clock says', { skip: noMovedClock }, async (t) => {
  const stage = openStage(t);
  const hub = await startHub(stage);
  const device = await joinDevice(stage, hub, { name: 'till' });
  const clock = await openMovedClock(stage, 'till');
  for (const offset of [-YEAR_MS, YEAR_MS]) {
    await clock.move(offset);
    await using agent: Agent = await startAgent(within(stage, clock), device);
    await until(() => Math.abs(saidAt(agent) - Date.now() - offset) < 60_000, { what: 'its clock is wrong' });
    const late = await hub.people.devices.ask('till', { kind: 'ping', ttlSeconds: 60 });
    assert.equal((await settled(hub, late.id)).state, 'done', `${offset}`);
    await agent.stop();
    const never = await hub.people.devices.ask('till', { kind: 'ping', ttlSeconds: 1 });
    assert.equal((await settled(hub, never.id)).state, 'expired');
  }
});

/** When the agent said something last, by its own clock; 0 before it did. */
const saidAt = ({ program }: Agent): number =>
  parsed<{ time: number }>(program.stderr.join('\n')).at(-1)?.time ?? 0;

/** Processes that try the engine for a check. */
const tries = ({ state }: JoinedDevice) =>
  processesOf(state.replace(/\/[^/]*$/, '')).filter(({ command }) => command.includes('try-engine')).length;

async function settled(hub: Hub, id: string) {
  const look = async () => {
    const command = await hub.people.devices.command('till', id, 5);
    return command.settledAt !== undefined && command;
  };
  return until(look, { what: 'the command is settled', deadline: 40_000 });
}

const cli = 'packages/cli/src/main.ts';
const skerryProgram = (...args: string[]) => ({ name: `skerry ${args.join(' ')}`, entry: cli, args });

async function loggedIn(stage: Stage, hub: Hub) {
  await mustRun(stage, ['login', hub.api, '--fingerprint', hub.fingerprint], { input: hub.adminToken });
  return async (...args: string[]) => (await mustRun(stage, args)).stdout;
}

const parsed = <T>(text: string): T[] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as T);
