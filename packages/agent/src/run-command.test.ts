import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runCommand } from './run-command.ts';

test('the agent is run on the folder that has joined', () => {
  assert.equal(runCommand('skerry-agent'), 'skerry agent run');
  assert.equal(runCommand('a7'), 'skerry agent run --state a7');
  assert.equal(runCommand("my till's"), String.raw`skerry agent run --state 'my till'\''s'`);
});
