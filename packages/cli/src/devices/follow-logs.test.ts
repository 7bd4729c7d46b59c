import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CommandRequest, CommandResource, LogLine } from '@skerry/contracts';
import { manualClock } from '@skerry/kit/testing';
import type { ProjectClient } from '@skerry/sdk';
import type { Cli } from '../cli.ts';
import { recorder } from '../test-cli.ts';
import { requireDone, ttlSecondsOf } from './ask.ts';
import { deviceLogs } from './follow-logs.ts';

const id = '01939b1c-2f4e-7c52-8f0e-0d9a4d1f6a11';
const at = '2026-03-02T08:54:00.000Z';
const settled = (more: Partial<CommandResource>): CommandResource => ({
  id,
  device: 'till',
  kind: 'logs',
  state: 'done',
  by: 'ada',
  createdAt: at,
  expiresAt: at,
  settledAt: at,
  ...more,
});
const lineOf = (msg: string): LogLine => ({ name: 'agent', time: 1, level: 30, msg });
const page = (next: string, messages: string[], more: object = {}) =>
  settled({ result: { lines: messages.map(lineOf), next, more: false, ...more } as never });

/** A device that answers so, one answer after the other, and what it was asked. */
function open(answers: readonly CommandResource[], connected = true) {
  const asked: CommandRequest[] = [];
  const clock = manualClock(Date.parse(at));
  const stop = new AbortController();
  const stderr = recorder();
  const cli = { ports: { clock }, stderr, stdout: recorder(), signal: stop.signal } as unknown as Cli;
  const status = { connected, lastSeen: '2026-03-02T08:49:00.000Z' };
  const devices = {
    get: async () => ({ value: { status } }),
    ask: async (_name: string, request: CommandRequest) => {
      asked.push(request);
      return settled({});
    },
    command: async () => answers[asked.length - 1] ?? page('end', []),
  } as unknown as ProjectClient['devices'];
  const read = (follow: boolean) =>
    deviceLogs(cli, devices, { device: 'till', first: { tail: 5 }, parts: ['agent'], ttl: '30s', follow });
  return { asked, clock, stop, stderr, read };
}

test('pages follow each other until there is no more', async () => {
  const { asked, read } = open([page('a', ['1', '2'], { more: true }), page('b', ['3'], { missed: true })]);
  const said: string[] = [];
  for await (const lines of read(false)) said.push(...lines.map(({ msg }) => msg));
  assert.deepEqual(said, ['1', '2', '3']);
  assert.deepEqual(
    asked.map(({ args }) => args),
    [
      { parts: ['agent'], tail: 5 },
      { parts: ['agent'], after: 'a' },
    ],
  );
});

test('following asks again, less often while nothing comes, and goes on after the device was away', async () => {
  const away = settled({ state: 'expired', reason: 'CommandExpired', message: 'it did not come' });
  const { asked, clock, stop, stderr, read } = open(
    [page('a', ['1']), page('b', []), away, page('c', ['2'])],
    false,
  );
  const said: string[] = [];
  const following = (async () => {
    for await (const lines of read(true)) said.push(...lines.map(({ msg }) => msg));
  })();
  const turn = async (ms: number) => {
    await clock.advance(ms);
    for (let count = 0; count < 10; count++) await new Promise((resolve) => setImmediate(resolve));
  };
  await turn(0);
  assert.equal(asked.length, 1);
  await turn(1_000);
  assert.equal(asked.length, 2);
  await turn(1_000);
  assert.equal(asked.length, 2, 'it said nothing, so that there is no hurry');
  await turn(500);
  assert.equal(asked.length, 3);
  await turn(10_000);
  assert.deepEqual(asked[3]?.args, { parts: ['agent'], after: 'b' });
  assert.deepEqual(said, ['1', '2']);
  assert.match(
    stderr.text,
    /till is offline \(last heard of 5m ago\)\. It is asked as soon as it is back, within 30s/,
  );
  stop.abort(new Error('enough'));
  await assert.rejects(following, /enough/);
});

test('what did not come about has a code of its own, and durations are durations', () => {
  const states = { failed: 1, refused: 1, unknown: 1, expired: 6 } as const;
  for (const state of Object.keys(states) as (keyof typeof states)[])
    assert.throws(() => requireDone(settled({ state, message: 'why \u001b[2J' })), {
      code: `Command${state[0]!.toUpperCase()}${state.slice(1)}`,
      message: /till did not do logs: why \\u\{1b\}/,
    });
  assert.equal(requireDone(settled({})).id, id);
  assert.equal(ttlSecondsOf('1h30m'), 5400);
  for (const text of ['', '5', '10ms', 'soon']) assert.throws(() => ttlSecondsOf(text), { code: 'BadUsage' });
});
