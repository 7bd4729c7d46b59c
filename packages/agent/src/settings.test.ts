import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, test } from 'node:test';
import { checkKeys, runKeys, statusKeys } from './config.ts';
import { readFlags, readSettings } from './settings.ts';

afterEach(() => {
  for (const name of Object.keys(process.env)) if (name.startsWith('SKERRY_AGENT_')) delete process.env[name];
});

test('the environment of a service does for every verb, and each takes its own from it', async () => {
  Object.assign(process.env, {
    SKERRY_AGENT_STATE: '/s',
    SKERRY_AGENT_REST_PORT: '9',
    SKERRY_AGENT_OUTBOX_QUOTA: '4Mi',
  });
  assert.deepEqual((await readSettings(statusKeys, [])).values, { state: '/s', json: false });
  assert.equal((await readSettings(checkKeys, [])).values.outboxQuota, 2 ** 22);
  assert.equal((await readSettings(runKeys, [])).values.restPort, 9);
});

test('so does its file', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'skerry-settings-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'agent.yaml');
  writeFileSync(file, 'state: /f\nrestPort: 9\n');
  assert.equal((await readSettings(statusKeys, ['--config', file])).values.state, '/f');
  writeFileSync(file, 'stat: /f\n');
  await assert.rejects(readSettings(statusKeys, ['--config', file]), {
    message: /unknown key stat .did you mean "state"/,
  });
});

test('what no verb knows, and a flag of another verb, are refused', async () => {
  await assert.rejects(readSettings(statusKeys, ['--rest-port', '1']), {
    message: /unknown flag --rest-port/,
  });
  process.env.SKERRY_AGENT_STAT = '/s';
  await assert.rejects(readSettings(statusKeys, []), { message: /unknown variable SKERRY_AGENT_STAT/ });
});

test('a word that belongs to no flag is refused: whoever leaves out --state would be told of another folder', async () => {
  await assert.rejects(readFlags(checkKeys, ['/var/lib/skerry']), {
    code: 'BadUsage',
    message: /“\/var\/lib\/skerry” is not a flag/,
  });
  assert.equal((await readFlags(checkKeys, ['--state', '/s'])).state, '/s');
});
