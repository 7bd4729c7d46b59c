import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { programOf } from '../program.ts';

test('a reader that has seen enough ends the check, and nothing is the matter', async () => {
  const [node, ...args] = programOf('./main.ts');
  const child = spawn(node, [...args, 'check', '--state', '/nowhere']);
  child.stdout.once('data', () => child.stdout.destroy());
  const [said, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  assert.deepEqual({ said, code }, { said: '', code: 0 });
});
