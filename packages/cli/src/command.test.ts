import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Cli } from './cli.ts';
import { untilStopped } from './command.ts';

test('Ctrl-C is the good end of what goes on until then, and of nothing else', async () => {
  const stop = new AbortController();
  const cli = { signal: stop.signal } as Cli;
  const fail = () => Promise.reject(new Error('the hub is gone'));
  await assert.rejects(untilStopped(cli, fail), /the hub is gone/);
  stop.abort(new Error('stopped'));
  await untilStopped(cli, () => Promise.reject(stop.signal.reason));
});
